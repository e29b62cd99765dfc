"""What is forgotten when it is old enough: rows of system tables, in batches, by a number of days the operator sets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from portal import clock, sqlite
from portal.extensions import Model, db, transaction
from portal.jobs.model import DONE, ENDED, Job
from portal.jobs.work import Work

JOB = "jobs.tidy"
BATCH = 1000
OWN = timedelta(days=2)  # a finished job that nobody asked for


@dataclass(frozen=True)
class Kept:
    """Rows of one table that end: `setting` says how many days they are kept, 0 for ever; `over` which have ended."""

    model: type[Model]
    setting: str
    over: Callable[[datetime], sa.ColumnElement[bool]]


TABLES: dict[str, Kept] = {}


def keep(kept: Kept) -> None:
    """Look after one more table; for the wiring."""
    TABLES[kept.model.__tablename__] = kept


def forget(work: Work) -> dict[str, int]:
    """Delete what is over and let SQLite look at what is left, as a job; gives the number of rows by table."""
    found, done = {}, 0
    for name, kept in TABLES.items():
        days = getattr(current_app.config["PORTAL"], kept.setting)
        found[name] = 0
        while days and (number := _some(kept, clock.now() - timedelta(days=days))):
            found[name], done = found[name] + number, done + number
            work.advance(done)
    sqlite.analyze(db.engine)
    return found


def _some(kept: Kept, since: datetime) -> int:
    """Delete one batch, the oldest first; what another transaction changes meanwhile is asked again."""
    id_: Any = sa.inspect(kept.model).primary_key[0]
    ids = list(db.session.scalars(sa.select(id_).where(kept.over(since)).order_by(id_).limit(BATCH)))
    with transaction():
        if ids:
            db.session.execute(
                sa.delete(kept.model).where(id_.in_(ids), kept.over(since)).execution_options(synchronize_session=False)
            )
    return len(ids)


def finished(since: datetime) -> sa.ColumnElement[bool]:
    """Jobs that have ended, and those of the portal's own that went well, which nobody looks at after two days."""
    own = sa.and_(Job.state == DONE, Job.asked_by.is_(None), Job.ended_at < clock.now() - OWN)
    return sa.or_(own, sa.and_(Job.state.in_(ENDED), Job.ended_at < since))
