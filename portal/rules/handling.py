"""Owners and decisions on the timeline of a record."""

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import aliased

from portal.fields import Text
from portal.records import Record, timeline, told
from portal.rules.approvals import Approval, ApprovalSeat, account
from portal.rules.assignment import OwnerMove, owners
from portal.security import Actor, Person

DECISION, MOVE = "approval", "owner"


def decisions(record: told.About, person: Actor) -> sa.Select[Any]:
    """Who decided what about a record."""
    seat = ApprovalSeat
    own = told.columns(
        DECISION,
        seat.id,
        seat.decided_at,
        by=Person.name,
        word=seat.decision,
        comment=seat.comment,
        title=Approval.title,
        about=Approval.id,
    )
    rows = sa.select(*own).select_from(seat).join(Approval, Approval.id == seat.approval_id)
    rows = rows.outerjoin(Person, Person.id == seat.person_id)
    mine = sa.and_(Approval.entity == record.entity.key, Approval.record_id == record.id)
    return rows.where(mine, seat.decision.in_(account.ICONS))


def decision(row: Any, record: Record, person: Actor) -> timeline.Item:
    """One decision, by the title of what was asked."""
    asked, name = Text.model_validate(row.title), row.by or gettext("The portal")
    text = gettext("%(title)s: %(name)s %(what)s", title=asked, name=name, what=account.word(row.word))
    text += f" – {row.comment}" if row.comment else ""
    link, icon = f"/approvals/{row.about}", account.ICONS[row.word]
    return timeline.Item(told.moment(row), DECISION, row.id, str(asked), text, icon, name, link=link)


def moves(record: told.About, person: Actor) -> sa.Select[Any]:
    """From whom to whom a record went."""
    move, before, after, by = OwnerMove, aliased(Person), aliased(Person), aliased(Person)
    own = told.columns(MOVE, move.id, move.at, before=before.name, after=after.name, by=by.name, word=move.cause)
    rows = sa.select(*own).select_from(move)
    for who, id_ in ((before, move.before_id), (after, move.after_id), (by, move.by_id)):
        rows = rows.outerjoin(who, who.id == id_)
    return rows.where(move.entity == record.entity.key, move.record_id == record.id)


def moved(row: Any, record: Record, person: Actor) -> timeline.Item:
    """One move, by the names of the owners; nobody is the public pool."""
    pool = gettext("Public pool")
    text = f"{row.before or pool} → {row.after or pool} ({owners.cause_text(row.word)})"
    return timeline.Item(told.moment(row), MOVE, row.id, gettext("Owner"), text, "user", row.by or "")


SOURCES = (told.Source(DECISION, decisions, decision), told.Source(MOVE, moves, moved))
