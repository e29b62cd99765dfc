"""What a job's function gets in hand."""

import threading
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from portal import clock
from portal.extensions import db
from portal.jobs.model import RUNNING, Job


class Cancelled(Exception):
    """Somebody asked to stop this job; everything up to the last batch is kept."""


class Stopping(Exception):
    """The worker shuts down: the job goes back to the queue and resumes at its checkpoint."""


class LostLease(Exception):
    """Another run holds this job by now; nothing of this run may be written."""


stop_asked = threading.Event()
"""Set in a worker's child when the worker shuts down."""


class Work:
    """One run of a job. Between two `advance` calls lies one batch, committed as a whole or not at all."""

    def __init__(self, job: Job) -> None:
        self.job_id = job.id
        self.lease = job.lease
        self.arguments: dict[str, Any] = dict(job.arguments)
        self.checkpoint: dict[str, Any] = dict(job.checkpoint)

    @property
    def job(self) -> Job:
        """The row of this job."""
        return db.session.get_one(Job, self.job_id)

    def advance(
        self,
        done: int | None = None,
        total: int | None = None,
        note: object = None,
        checkpoint: dict[str, Any] | None = None,
    ) -> None:
        """Commit the batch with its progress and checkpoint, and renew the lease.

        Raises Cancelled or Stopping after the commit, LostLease instead of it.
        """
        changes: dict[str, Any] = {"attempts": 1}  # it moves, so it is no poison
        changes.update({"done": done} if done is not None else {})
        changes.update({"total": total} if total is not None else {})
        changes.update({"note": str(note)[:300]} if note is not None else {})
        if checkpoint is not None:
            self.checkpoint = dict(checkpoint)
            changes["checkpoint"] = self.checkpoint
        cancel_asked = self.hold(**changes)
        db.session.commit()
        if cancel_asked:
            raise Cancelled
        if stop_asked.is_set():
            raise Stopping

    def hold(self, **changes: Any) -> bool:
        """Write `changes` in the present transaction; tells whether cancel was asked. Raises LostLease."""
        statement = held(self.job_id, self.lease).values(lease_until=lease_end(), **changes).returning(Job.cancel_asked)
        asked = db.session.scalar(statement, execution_options={"synchronize_session": False})
        if asked is None:
            db.session.rollback()
            raise LostLease
        return asked


def held(job_id: int, lease: str | None) -> "sa.Update":
    """The UPDATE that only the holder of the lease can do."""
    return sa.update(Job).where(Job.id == job_id, Job.lease == lease, Job.state == RUNNING)


def lease_end() -> Any:
    """When a lease taken or renewed now ends."""
    return clock.now() + timedelta(seconds=current_app.config["PORTAL"].lease_seconds)
