"""Whose decision is asked, by whom, and what was decided: lists for the pages, and who may look at one."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from portal import schema
from portal.errors import Forbidden, NotFound
from portal.extensions import db
from portal.records import Record, fetch
from portal.rules.approvals.models import WAITS, Approval, ApprovalSeat
from portal.rules.workflows import WorkflowRun
from portal.security import Person

LIMIT = 100


def _awaited() -> sa.ColumnElement[bool]:
    run = WorkflowRun
    waits = sa.and_(run.waits_entity == WAITS, run.waits_id == Approval.id, run.state.in_(("waiting", "running")))
    return sa.and_(Approval.state == "open", sa.or_(Approval.run_id.is_(None), sa.exists().where(waits)))


def _sits(person: Person, *, has_decided: bool) -> sa.ColumnElement[bool]:
    seat = ApprovalSeat
    open_ = sa.and_(seat.decision == "", seat.level == Approval.level)
    which = seat.decision.in_(("approved", "rejected", "delegated")) if has_decided else open_
    return sa.exists().where(seat.approval_id == Approval.id, seat.person_id == person.id, which)


def _listed(*where: sa.ColumnElement[bool]) -> Sequence[Approval]:
    return db.session.scalars(sa.select(Approval).where(*where).order_by(Approval.id.desc()).limit(LIMIT)).all()


def waiting_for(person: Person) -> Sequence[Approval]:
    """Return what waits for the person's decision, the newest first."""
    return _listed(_awaited(), _sits(person, has_decided=False))


def number(person: Person) -> int:
    """Return how many decisions the person is asked for."""
    mine = sa.select(sa.func.count()).select_from(Approval).where(_awaited(), _sits(person, has_decided=False))
    return db.session.scalar(mine) or 0


def decided_by(person: Person) -> Sequence[Approval]:
    """Return what the person has decided or handed on."""
    return _listed(_sits(person, has_decided=True))


def asked_by(person: Person) -> Sequence[Approval]:
    """Return what was asked for a change of the person's."""
    return _listed(Approval.asked_by_id == person.id)


def visible(approval_id: int, person: Person) -> tuple[Approval, Record | None]:
    """Return an approval for who sits there, who asked, or who may see the record; raises NotFound otherwise."""
    approval = db.session.get(Approval, approval_id)
    if approval is None:
        raise NotFound
    record = seen(approval, person)
    seated = any(one.person_id == person.id for one in approval.seats)
    if record is None and not seated and approval.asked_by_id != person.id:
        raise NotFound
    return approval, record


def seen(approval: Approval, person: Any) -> Record | None:
    """Return the record as the person may see it, or None."""
    if approval.record_id is None or approval.entity not in schema.current().entities:
        return None
    try:
        return fetch(approval.entity, approval.record_id, person)
    except (NotFound, Forbidden):
        return None
