"""Owners and decisions on the timeline of a record: one statement for both, for a page must not ask many."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal.extensions import db
from portal.fields import Text
from portal.records import Record, timeline
from portal.rules.approvals import Approval, ApprovalSeat, account
from portal.rules.assignment import OwnerMove, owners
from portal.security import Actor, Person

NAME = "handling"
DECISION, MOVE = "approval", "owner"
"""The kinds of its items."""


def items(record: Record, person: Actor, after: timeline.Place | None, limit: int) -> Iterator[timeline.Item]:
    """Yield who owned the record and what was decided about it behind a place, newest first."""
    decisions, moves = _decisions(record), _moves(record)
    if after is not None:
        decisions = decisions.where(after.behind(DECISION, ApprovalSeat.decided_at, ApprovalSeat.id))
        moves = moves.where(after.behind(MOVE, OwnerMove.at, OwnerMove.id))
    told = sa.union_all(decisions, moves).subquery("told")
    newest = sa.select(told).order_by(told.c.at.desc(), told.c.kind.desc(), told.c.id.desc()).limit(limit)
    found = db.session.execute(newest).all()
    names = _names({one for row in found for one in (row.before, row.after, row.by)})
    for row in found:
        yield _decision(row, names) if row.title is not None else _move(row, names)


def _decisions(record: Record) -> sa.Select[Any]:
    seat = ApprovalSeat
    rows: sa.Select[Any] = sa.select(
        sa.literal(DECISION, literal_execute=True).label("kind"),
        seat.id,
        seat.decided_at.label("at"),
        sa.null().label("before"),
        sa.null().label("after"),
        seat.person_id.label("by"),
        seat.decision.label("word"),
        seat.comment.label("comment"),
        Approval.title.label("title"),
        Approval.id.label("about"),
    ).join(Approval, Approval.id == seat.approval_id)
    mine = sa.and_(Approval.entity == record.entity.key, Approval.record_id == record.id)
    return rows.where(mine, seat.decision.in_(account.ICONS))


def _moves(record: Record) -> sa.Select[Any]:
    move = OwnerMove
    rows: Any = sa.select(
        sa.literal(MOVE, literal_execute=True).label("kind"),
        move.id,
        move.at,
        move.before_id,
        move.after_id,
        move.by_id,
        move.cause,
        sa.literal_column("''"),
        sa.null(),
        sa.null(),
    )
    mine: sa.Select[Any] = rows.where(move.entity == record.entity.key, move.record_id == record.id)
    return mine


def _names(ids: set[int | None]) -> dict[int | None, str]:
    known = [one for one in ids if one is not None]
    if not known:
        return {}
    people = sa.select(Person.id, Person.name).where(Person.id.in_(known))
    return {row[0]: row[1] for row in db.session.execute(people)}


def _decision(row: Any, names: dict[int | None, str]) -> timeline.Item:
    asked, name = Text.model_validate(row.title), names.get(row.by, gettext("The portal"))
    text = gettext("%(title)s: %(name)s %(what)s", title=asked, name=name, what=account.word(row.word))
    text += f" – {row.comment}" if row.comment else ""
    link = f"/approvals/{row.about}"
    return timeline.Item(row.at, row.kind, row.id, str(asked), text, account.ICONS[row.word], name, link=link)


def _move(row: Any, names: dict[int | None, str]) -> timeline.Item:
    pool = gettext("Public pool")
    text = f"{names.get(row.before, pool)} → {names.get(row.after, pool)} ({owners.cause_text(row.word)})"
    return timeline.Item(row.at, row.kind, row.id, gettext("Owner"), text, "user", names.get(row.by, ""))
