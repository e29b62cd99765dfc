"""The one table of what is due when; any number of schedulers may look at it."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime, db, transaction
from portal.jobs.due import next_due
from portal.jobs.model import Job
from portal.jobs.queue import enqueue

TOO_LATE = timedelta(hours=2)
log = logging.getLogger(__name__)


class Schedule(Model):
    """A named job and when it is due next. A due time missed by more than two hours is held for a person to decide."""

    __tablename__ = "schedule"

    name: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(80))
    arguments: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    spec: Mapped[str] = mapped_column(sa.String(80))
    zone: Mapped[str] = mapped_column(sa.String(60))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    last_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    holds: Mapped[bool] = mapped_column(default=True)


def schedule(
    name: str,
    kind: str,
    spec: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    holds: bool = True,
    zone: ZoneInfo | None = None,
) -> Schedule:
    """Set a schedule; an unchanged spec keeps its due time. Raises ValueError.

    `holds=False`: run even when far too late.
    """
    place = zone or clock.zone()
    with transaction():
        entry = db.session.get(Schedule, name)
        if entry is None or (entry.spec, entry.zone) != (spec, place.key):
            entry = entry or Schedule(name=name)
            entry.spec, entry.zone, entry.due_at = spec, place.key, next_due(spec, clock.now(), place)
        entry.kind, entry.arguments, entry.holds = kind, dict(arguments or {}), holds
        db.session.add(entry)
    return entry


def remove(name: str) -> None:
    """Take a schedule away; unknown names are no error."""
    with transaction():
        db.session.execute(sa.delete(Schedule).where(Schedule.name == name))


def replace(prefix: str, wanted: Mapping[str, tuple[str, str, Mapping[str, Any]]]) -> None:
    """Make the schedules whose names begin with `prefix` exactly `wanted`: name → (kind, spec, arguments)."""
    with transaction():
        names = db.session.scalars(sa.select(Schedule.name).where(Schedule.name.startswith(prefix, autoescape=True)))
        for name in set(names) - set(wanted):
            remove(name)
        for name, (kind, spec, arguments) in wanted.items():
            schedule(name, kind, spec, arguments)


def tick() -> int:
    """Ask for every job that is due; each due time is taken once, however many schedulers tick. Returns how many."""
    query = sa.select(Schedule.name).where(Schedule.due_at <= clock.now()).order_by(Schedule.due_at)
    names = list(db.session.scalars(query))
    db.session.rollback()
    return sum(_take(name) for name in names)


def run_held(name: str) -> Job | None:
    """Run the due time that was held; None when none is held any more."""
    with transaction():
        entry = _locked(name)
        if entry is None or entry.held_due_at is None:
            return None
        due, entry.held_due_at = entry.held_due_at, None
        return _ask(entry, due)


def drop_held(name: str) -> None:
    """Let the due time that was held pass."""
    with transaction():
        if entry := _locked(name):
            entry.held_due_at = None


def _take(name: str) -> bool:
    with transaction():
        now, entry = clock.now(), _locked(name)
        if entry is None or entry.due_at > now:
            return False
        due = entry.due_at
        entry.due_at, entry.last_due_at = next_due(entry.spec, now, ZoneInfo(entry.zone)), due
        if entry.holds and now - due > TOO_LATE:
            entry.held_due_at = due
            log.warning("schedule held", extra={"schedule": name, "due": due.isoformat()})
            return False
        _ask(entry, due)
        return True


def _ask(entry: Schedule, due: datetime) -> Job:
    return enqueue(
        entry.kind, {**entry.arguments, "due": due.isoformat()}, unique_key=f"due:{entry.name}:{due.isoformat()}"
    )


def _locked(name: str) -> Schedule | None:
    query = sa.select(Schedule).where(Schedule.name == name).with_for_update()
    return db.session.scalar(query, execution_options={"populate_existing": True})
