"""Take a job, do it, write down how it ended."""

import logging
import threading
import traceback
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app

from portal import clock
from portal.errors import PortalError
from portal.extensions import db, transaction
from portal.jobs.kinds import AROUND, KINDS
from portal.jobs.model import CANCELLED, DEAD, DONE, FAILED, QUEUED, RUNNING, Job
from portal.jobs.work import Cancelled, LostLease, Stopping, Work, held, lease_end

RETRY_SECONDS = 5
log = logging.getLogger(__name__)


def run_now(job_id: int) -> Job:
    """Do a job here and now, in its own application context; returns its row. Not within a transaction."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if db.session().info.get("in_transaction"):
        raise RuntimeError("a job cannot run within a transaction")
    db.session.rollback()  # lets go of the snapshot, so that afterwards the caller sees what the job did
    with app.app_context():
        run(job_id)
    return db.session.get_one(Job, job_id, populate_existing=True)


def run(job_id: int) -> str | None:
    """Claim a job and do it; returns how it ended, or None when it was not to be had."""
    work = claim(job_id)
    if work is None:
        return None
    log.info("job started", extra={"job_id": job_id})
    with _heartbeat(work), ExitStack() as around:
        for enter in AROUND:
            around.enter_context(enter(work.job.kind))
        ended = _perform(work)
    log.info("job ended", extra={"job_id": job_id, "state": ended})
    return ended


def claim(job_id: int) -> Work | None:
    """Take the lease of a job that is due or whose holder died; None when there is nothing to do."""
    with transaction():
        now = clock.now()
        query = sa.select(Job).where(Job.id == job_id, claimable(now)).with_for_update(skip_locked=True)
        job = db.session.scalar(query, execution_options={"populate_existing": True})
        if job is None or job.kind not in KINDS:
            return None
        if job.cancel_asked:
            job.state, job.ended_at = CANCELLED, now
            return None
        if job.attempts >= KINDS[job.kind].attempts:
            job.state, job.ended_at, job.error = DEAD, now, job.error or "WorkerDied"
            return None
        job.state, job.lease, job.lease_until = RUNNING, uuid.uuid4().hex, lease_end()
        job.attempts += 1
        job.started_at = job.started_at or now
        return Work(job)


def claimable(now: datetime) -> sa.ColumnElement[bool]:
    """Jobs a worker may take: due ones that wait, and running ones whose lease has ended."""
    due = (Job.state == QUEUED) & (Job.not_before.is_(None) | (Job.not_before <= now))
    return due | ((Job.state == RUNNING) & (Job.lease_until < now))


def _perform(work: Work) -> str | None:
    kind = KINDS[work.job.kind]
    db.session.rollback()
    try:
        result = kind.function(work)
        return _end(work, DONE, result=result)
    except LostLease:
        log.warning("lease lost", extra={"job_id": work.job_id})
        return None
    except Cancelled:
        return _settle(work, CANCELLED)
    except Stopping:
        return _settle(work, QUEUED, attempts=0)
    except PortalError as problem:
        if problem.status < 500:  # the job itself is wrong; trying again would not help
            return _settle(work, FAILED, error=str(problem)[:2000])
        return _fail(work, kind.attempts, problem)
    except Exception as problem:
        return _fail(work, kind.attempts, problem)


def _end(work: Work, state: str, **changes: Any) -> str:
    """Write the end together with whatever the function left uncommitted."""
    ends = {} if state == QUEUED else {"ended_at": clock.now()}
    work.hold(state=state, **ends, **changes)
    db.session.commit()
    return state


def _settle(work: Work, state: str, **changes: Any) -> str | None:
    db.session.rollback()
    try:
        if state == QUEUED and _is_replaced(work):
            state = CANCELLED
        return _end(work, state, **changes)
    except LostLease:
        return None


def _fail(work: Work, attempts: int, problem: Exception) -> str | None:
    db.session.rollback()
    where = traceback.extract_tb(problem.__traceback__)[-1]
    # Only the place, never the message: it may hold personal values.
    error = f"{type(problem).__name__} ({where.filename.rpartition('/')[2]}:{where.lineno})"
    log.error("job failed", exc_info=problem, extra={"job_id": work.job_id})
    tried = work.job.attempts
    if tried >= attempts:
        return _settle(work, DEAD, error=error)
    later = clock.now() + timedelta(seconds=RETRY_SECONDS * 4 ** (tried - 1))
    return _settle(work, QUEUED, error=error, not_before=later)


def _is_replaced(work: Work) -> bool:
    """Whether meanwhile another job with the same unique key waits, which then does this one's work."""
    key = work.job.unique_key
    query = sa.select(Job.id).where(Job.unique_key == key, Job.state == QUEUED)
    return key is not None and db.session.scalar(query) is not None


@contextmanager
def _heartbeat(work: Work) -> Iterator[None]:
    engine, settings, ended = db.engine, current_app.config["PORTAL"], threading.Event()

    def beat() -> None:
        while not ended.wait(settings.heartbeat_seconds):
            until = clock.now() + timedelta(seconds=settings.lease_seconds)
            try:
                with engine.begin() as connection:
                    connection.execute(held(work.job_id, work.lease).values(lease_until=until))
            except sa.exc.SQLAlchemyError:
                log.warning("heartbeat missed", extra={"job_id": work.job_id})

    thread = threading.Thread(target=beat, name=f"heartbeat-{work.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
