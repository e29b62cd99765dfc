"""Unsent replies: saved while typing, found again after a crash, a break or a colleague's answer."""

from portal.desk.models import ReplyDraft
from portal.extensions import db
from portal.records import Record
from portal.security import Person


def keep(ticket: Record, person: Person, body: str) -> None:
    """Save what is typed; an empty text drops the draft."""
    if not body.strip():
        drop(ticket, person)
        return
    draft = db.session.get(ReplyDraft, (ticket.id, person.id))
    if draft is None:
        db.session.add(ReplyDraft(ticket_id=ticket.id, person_id=person.id, body=body))
    else:
        draft.body = body


def text(ticket: Record, person: Person) -> str:
    """What the person had typed, or nothing."""
    draft = db.session.get(ReplyDraft, (ticket.id, person.id))
    return draft.body if draft else ""


def drop(ticket: Record, person: Person) -> None:
    """Forget the draft."""
    if draft := db.session.get(ReplyDraft, (ticket.id, person.id)):
        db.session.delete(draft)
