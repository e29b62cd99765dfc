"""What was asked and decided, as people read it: the history of one approval, and its lines on a record's timeline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal.extensions import db
from portal.fields import Text
from portal.records import Record, timeline
from portal.rules.approvals.models import Approval, ApprovalSeat
from portal.security import Actor, Person

KIND = "approval"
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
    names = _names({one.person_id for one in approval.seats} | {one.from_id for one in approval.seats})
    return [_line(one, names) for one in approval.seats]


def _line(seat: ApprovalSeat, names: dict[int, str]) -> Line:
    name = names.get(seat.person_id or 0, "") or gettext("The portal")
    return Line(seat.level + 1, name, _what(seat, names), seat.comment, seat.decided_at or seat.asked_at, seat.decision)


def _what(seat: ApprovalSeat, names: dict[int, str]) -> str:
    match seat.decision:
        case "approved":
            return gettext("approved")
        case "rejected":
            return gettext("rejected")
        case "delegated":
            return gettext("handed it on")
        case "lapsed":
            return gettext("was not needed any more")
        case "late":
            return gettext("nobody decided in time")
    if seat.from_id:
        return gettext("is asked in place of %(name)s", name=names.get(seat.from_id, ""))
    return gettext("is asked")


def _names(ids: set[int | None]) -> dict[int, str]:
    known = [id_ for id_ in ids if id_ is not None]
    return {row[0]: row[1] for row in db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(known)))}


def title(approval: Approval) -> Text:
    """Return what is asked."""
    return Text.model_validate(approval.title)


def items(record: Record, person: Actor, after: Any, limit: int) -> Iterator[timeline.Item]:
    """Yield the decisions about a record behind a place, newest first, for its timeline."""
    seat = ApprovalSeat
    mine = sa.select(seat).join(Approval).where(Approval.entity == record.entity.key, Approval.record_id == record.id)
    told = mine.where(seat.decision.in_(ICONS))
    if after is not None:
        same = seat.id < after.id if after.kind == KIND else sa.literal(after.kind > KIND)
        told = told.where(sa.or_(seat.decided_at < after.at, sa.and_(seat.decided_at == after.at, same)))
    found: Sequence[ApprovalSeat] = db.session.scalars(
        told.order_by(seat.decided_at.desc(), seat.id.desc()).limit(limit)
    ).all()
    names = _names({one.person_id for one in found})
    for one in found:
        line, asked = _line(one, names), title(one.approval)
        text = gettext("%(title)s: %(name)s %(what)s", title=asked, name=line.name, what=line.what)
        text += f" – {one.comment}" if one.comment else ""
        link = f"/approvals/{one.approval_id}"
        yield timeline.Item(line.at, KIND, one.id, str(asked), text, ICONS[one.decision], line.name, link=link)
