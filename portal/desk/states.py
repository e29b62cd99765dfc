"""What is done with a ticket as a whole: taken, handed over, solved, closed, opened again."""

from flask_babel import gettext

from portal import audit, clock, mail, records
from portal.errors import Conflict
from portal.records import Record
from portal.security import Person

ENDED = ("solved", "closed")


def take(ticket: Record, *, by: Person) -> Record:
    """Make the person the ticket's agent."""
    return records.save(ticket, _opened(ticket) | {"owner": by.id}, by=by)


def hand_over(ticket: Record, to: Person, *, by: Person, reason: str = "") -> Record:
    """Give the ticket to somebody else, who gets a notice; transfers are counted."""
    if ticket["owner"] == to.id:
        raise Conflict(gettext("%(name)s has this ticket already.", name=to.name))
    transfers = int(ticket["transfers"] or 0) + 1
    moved = records.save(ticket, _opened(ticket) | {"owner": to.id, "transfers": transfers}, by=by)
    told = gettext("%(name)s handed over %(ticket)s to you", name=by.name, ticket=ticket.title)
    mail.notify(to.id, f"{told}: {reason}" if reason else told, f"/desk/{ticket.id}")
    data = {"from": ticket["owner"], "to": to.id}
    audit.record("ticket.handed_over", by=by, entity="ticket", record_id=ticket.id, data=data, reason=reason or None)
    return moved


def close(ticket: Record, *, by: Person, solved: bool = True) -> Record:
    """End a ticket as solved, or closed without a solution."""
    if ticket["state"] in ENDED:
        raise Conflict(gettext("This ticket is closed already."))
    state, moment = ("solved", "solved_at") if solved else ("closed", "closed_at")
    return records.save(ticket, {"state": state, moment: clock.now()}, by=by)


def reopen(ticket: Record, *, by: Person) -> Record:
    """Open an ended ticket again."""
    if ticket["state"] not in ENDED:
        raise Conflict(gettext("This ticket is open already."))
    return records.save(ticket, {"state": "open", "solved_at": None, "closed_at": None}, by=by)


def _opened(ticket: Record) -> dict[str, object]:
    return {"state": "open"} if ticket["state"] == "new" else {}
