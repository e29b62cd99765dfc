"""What is said in a ticket: replies go to the customer by mail, notes stay inside."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext

from portal import audit, clock, jobs, mail, records
from portal.desk import drafts
from portal.desk.models import MailState, MessageKind, TicketMessage
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.records import Record
from portal.security import SYSTEM, Person

LONGEST = 50_000


def messages(ticket: Record) -> list[TicketMessage]:
    """Everything said in a ticket, oldest first."""
    query = sa.select(TicketMessage).where(TicketMessage.ticket_id == ticket.id).order_by(TicketMessage.id)
    return list(db.session.execute(query).scalars())


def reply(ticket: Record, body: str, *, by: Person, seen: int) -> TicketMessage:
    """Answer the customer; the mail goes out by a job after the commit.

    `seen` is the last message the person had before the eyes. Raises Conflict when somebody has
    answered since, Invalid for an empty text or a ticket nobody can be reached for.
    """
    _check(ticket, body, by, seen)
    address = ticket["contact_email"]
    if not address:
        raise Invalid(
            {"body": gettext("This ticket has no e-mail address to answer to. Write a note, or add the address.")}
        )
    message = _add(ticket, MessageKind.REPLY, body, by, address=str(address), mail_state=MailState.WAITING)
    _move_on(ticket)
    jobs.enqueue("desk.post", {"message": message.id}, by=by)
    return message


def note(ticket: Record, body: str, *, by: Person, mentions: Sequence[Person] = ()) -> TicketMessage:
    """Write something only colleagues read; whoever is mentioned gets a notice."""
    _check(ticket, body, by, None)
    message = _add(ticket, MessageKind.NOTE, body, by)
    for person in mentions:
        told = gettext("%(name)s mentions you in %(ticket)s", name=by.name, ticket=ticket.title)
        mail.notify(person.id, told, f"/desk/{ticket.id}")
    return message


def _check(ticket: Record, body: str, by: Person, seen: int | None) -> None:
    if not body.strip():
        raise Invalid({"body": gettext("Write something first.")})
    if len(body) > LONGEST:
        raise Invalid({"body": gettext("Shorten the text to %(limit)d characters.", limit=LONGEST)})
    if seen is not None and (other := _answered_since(ticket, seen, by)):
        raise Conflict(gettext("%(name)s has answered in the meantime. Read it, then send again.", name=other))


def _answered_since(ticket: Record, seen: int, by: Person) -> str | None:
    newer = (TicketMessage.ticket_id == ticket.id, TicketMessage.id > seen, TicketMessage.kind != MessageKind.NOTE)
    query = sa.select(TicketMessage.author_name).where(*newer, TicketMessage.author_id.is_distinct_from(by.id))
    return db.session.execute(query.order_by(TicketMessage.id.desc()).limit(1)).scalar_one_or_none()


def _add(ticket: Record, kind: MessageKind, body: str, by: Person, **more: str) -> TicketMessage:
    message = TicketMessage(
        ticket_id=ticket.id, kind=kind, body=body.strip(), author_id=by.id, author_name=by.name, **more
    )
    db.session.add(message)
    db.session.flush()
    drafts.drop(ticket, by)
    audit.record(f"ticket.{kind.value}", by=by, entity="ticket", record_id=ticket.id, data={"message": message.id})
    return message


def _move_on(ticket: Record) -> None:
    """An answered ticket waits for the customer; the first public answer stops that clock."""
    values: dict[str, object] = {}
    if ticket["state"] in ("new", "open"):
        values["state"] = "waiting"
    if ticket["first_reply_at"] is None:
        values["first_reply_at"] = clock.now()
    if values:
        records.save(ticket, values, by=SYSTEM)
