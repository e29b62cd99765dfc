"""What was asked and decided, as people read it: the history of one approval."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from portal.fields import Text
from portal.rules.approvals.models import Approval, ApprovalSeat
from portal.security import people

ICONS = {"approved": "circle-check", "rejected": "circle-x", "delegated": "arrow-right", "late": "clock"}


@dataclass(frozen=True)
class Line:
    """One thing that happened to an approval, or that is still asked."""

    level: int
    name: str
    what: str
    comment: str
    at: datetime
    decision: str


def lines(approval: Approval) -> list[Line]:
    """Return the history of an approval in the order in which people were asked."""
    names = people.names({one.person_id for one in approval.seats} | {one.from_id for one in approval.seats})
    return [_line(one, names) for one in approval.seats]


def _line(seat: ApprovalSeat, names: dict[int, str]) -> Line:
    name = names.get(seat.person_id or 0, "") or gettext("The portal")
    return Line(seat.level + 1, name, _what(seat, names), seat.comment, seat.decided_at or seat.asked_at, seat.decision)


def _what(seat: ApprovalSeat, names: dict[int, str]) -> str:
    if seat.decision:
        return word(seat.decision)
    if seat.from_id:
        return gettext("is asked in place of %(name)s", name=names.get(seat.from_id, ""))
    return gettext("is asked")


def word(decision: str) -> str:
    """Return a decision as the verb of a sentence."""
    match decision:
        case "approved":
            return gettext("approved")
        case "rejected":
            return gettext("rejected")
        case "delegated":
            return gettext("handed it on")
        case "lapsed":
            return gettext("was not needed any more")
    return gettext("nobody decided in time")


def facts(approval: Approval) -> list[tuple[Text, Text]]:
    """Return what a matter of its own is about: names and what they say."""
    return [(Text.model_validate(name), Text.model_validate(said)) for name, said in approval.facts or []]


def title(approval: Approval) -> Text:
    """Return what is asked."""
    return Text.model_validate(approval.title)
