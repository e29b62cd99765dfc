"""Looks in the sealed audit log: a line for each batch says how many there are and what digest they give.

The batch is as old as no transaction of ours can be, so that nobody can still add a look among its numbers.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import current_app

from portal import audit, clock
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.looks.model import Look, Sight

DEED = "looks.sealed"
REST = timedelta(minutes=10)
"""Looks younger than this wait; PostgreSQL ends a transaction that does nothing after five minutes."""
LOOKS = 50_000
PASSES = 4
log = logging.getLogger(__name__)


class Batch(NamedTuple):
    """The looks from `first` to `last` of one line of the audit log."""

    first: int
    last: int
    number: int
    digest: str
    until: str  # ISO 8601, of the newest


def seal(*, rest: timedelta = REST) -> int:
    """Write down what the looks older than `rest` are; returns how many."""
    done = 0
    for _ in range(PASSES):
        after = last_sealed()
        before = clock.now() - rest
        oldest = db.session.scalar(sa.select(Look.at).where(Look.id > after).order_by(Look.id).limit(1))
        db.session.rollback()
        if oldest is None or oldest > before:
            break
        done += _seal_some(after, before)
    return done


def _seal_some(after: int, before: datetime) -> int:
    with transaction():
        some = sa.select(Look.id, Look.at).where(Look.id > after).order_by(Look.id).limit(LOOKS).subquery()
        last = db.session.scalar(sa.select(sa.func.max(some.c.id)).where(some.c.at <= before))
        if last is None or last_sealed() != after:
            return 0
        count, digest, until = _read(after + 1, last)
        facts = Batch(after + 1, last, count, digest, until)._asdict()
        audit.record(DEED, by=None, data=facts)
    return count


def last_sealed() -> int:
    """The number of the last look that is in a batch."""
    newest = sa.select(audit.AuditLine.data).where(audit.AuditLine.action == DEED)
    data = db.session.scalar(newest.order_by(audit.AuditLine.id.desc()).limit(1))
    return int(data["last"]) if data else 0


def batches() -> Iterator[Batch]:
    """All batches, the oldest first."""
    lines = sa.select(audit.AuditLine.data).where(audit.AuditLine.action == DEED).order_by(audit.AuditLine.id)
    yield from [Batch(**data) for data in db.session.scalars(lines)]


def verify() -> Iterator[tuple[str, int, int, int]]:
    """What is not as it was sealed, in the shape of the audit log's faults; batches that were forgotten are none."""
    old = _old_enough()
    for batch in batches():
        count, digest, _until = _read(batch.first, batch.last)
        if count != batch.number and not (count == 0 and old is not None and batch.until < old):
            kind = "looks_added" if count > batch.number else "looks_missing"
            log.error("looks are not as they were sealed", extra={"first": batch.first, "last": batch.last})
            yield kind, batch.first, batch.last, abs(count - batch.number)
        elif count == batch.number and digest != batch.digest:
            log.error("looks are not as they were sealed", extra={"first": batch.first, "last": batch.last})
            yield "looks_changed", batch.first, batch.last, 1


def forget(work: Work) -> int:
    """The job `looks.tidy`: delete whole batches that are older than the operator keeps them."""
    old, done = _old_enough(), 0
    for batch in batches() if old is not None else ():
        if batch.until >= str(old):
            break
        gone = sa.delete(Look).where(Look.id.between(batch.first, batch.last))
        with transaction():
            result: Any = db.session.execute(gone.execution_options(synchronize_session=False))
            done += result.rowcount
        work.advance(done)
    return done


def _old_enough() -> str | None:
    days = current_app.config["PORTAL"].keep_looks_days
    return (clock.now() - timedelta(days=days)).isoformat() if days else None


def _read(first: int, last: int) -> tuple[int, str, str]:
    """Number, digest and newest time of the looks between two ids, each with the words of its sight."""
    columns = (Look.id, Look.at, Look.person_id, Look.request, Look.block, Look.bits)
    words = (Sight.entity, Sight.door, Sight.fields)
    select = sa.select(*columns, *words).join(Sight, Sight.id == Look.sight_id, isouter=True)
    digest, count, until = hashlib.sha256(), 0, ""
    rows = select.where(Look.id.between(first, last)).order_by(Look.id)
    for row in db.session.execute(rows.execution_options(yield_per=5000)):
        at = row.at.isoformat()
        digest.update(json.dumps([row[0], at, *row[2:]], separators=(",", ":")).encode() + b"\n")
        count, until = count + 1, max(until, at)
    return count, digest.hexdigest(), until
