"""Ask for jobs, cancel them, ask again; Redis may be away all the while."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from redis import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from portal import clock
from portal.errors import Conflict
from portal.extensions import after_commit, db, redis_client, transaction
from portal.jobs.kinds import KINDS
from portal.jobs.model import CANCELLED, QUEUED, RUNNING, WAITS, Job
from portal.writing import insert

FUNCTION = "portal.jobs.worker.run"
QUEUE = "portal"
log = logging.getLogger(__name__)


class Actor(Protocol):
    """Whoever asks: a person, or the system (id None)."""

    @property
    def id(self) -> int | None: ...


def enqueue(
    kind: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    by: Actor | None = None,
    unique_key: str | None = None,
    not_before: datetime | None = None,
) -> Job:
    """Add a job to the present transaction; the bell is rung after its commit.

    Of jobs with the same `unique_key` only one waits at a time: a second asking gets the waiting one.
    Raises KeyError for a kind nobody registered.
    """
    KINDS[kind]
    waiting = _waiting(unique_key) if unique_key else None
    if waiting is not None:
        return waiting  # its bell was rung when it was asked for, and the sweeper mends a bell that was lost
    job = _insert(
        {
            "kind": kind,
            "arguments": dict(arguments or {}),
            "unique_key": unique_key,
            "not_before": not_before,
            "asked_by": by.id if by else None,
            "created_at": clock.now(),
        }
    )
    if not_before is None or not_before <= clock.now():
        job_id = job.id
        after_commit(lambda: ring([job_id]))
    return job


def cancel(job_id: int) -> Job:
    """Cancel a waiting job at once, a running one at its next batch; an ended one stays as it is."""
    with transaction():
        job = db.session.get_one(Job, job_id, with_for_update=True, populate_existing=True)
        if job.state == QUEUED:
            job.state, job.ended_at = CANCELLED, clock.now()
        elif job.state == RUNNING:
            job.cancel_asked = True
    return job


def retry(job_id: int) -> Job:
    """Let an ended job run again from its checkpoint; raises Conflict when it has not ended."""
    with transaction():
        job = db.session.get_one(Job, job_id, with_for_update=True, populate_existing=True)
        if not job.has_ended or (job.unique_key and _waiting(job.unique_key)):
            raise Conflict
        job.state, job.attempts, job.error, job.cancel_asked = QUEUED, 0, "", False
        job.ended_at = job.not_before = job.lease = job.lease_until = None
        after_commit(lambda: ring([job_id]))
    return job


def ring(job_ids: Iterable[int]) -> bool:
    """Tell the workers of these jobs; False when Redis is away (the sweeper rings later)."""
    try:
        bells = bell_queue()
        for job_id in job_ids:
            bells.enqueue_call(
                FUNCTION,
                args=(job_id,),
                job_id=f"job-{job_id}",
                timeout=-1,
                result_ttl=0,
                failure_ttl=60,
                description="",
            )
    except (RedisError, OSError) as problem:
        log.warning("bell not rung", extra={"problem": type(problem).__name__})
        return False
    return True


def bell_queue() -> Queue:
    """The queue of bells in Redis."""
    return Queue(QUEUE, connection=redis_client(), serializer=JSONSerializer)


def _waiting(unique_key: str) -> Job | None:
    # FOR SHARE keeps a worker from claiming it before our transaction is visible to that worker.
    query = sa.select(Job).where(Job.unique_key == unique_key, Job.state == QUEUED)
    return db.session.scalar(query.with_for_update(read=True), execution_options={"populate_existing": True})


def _insert(values: dict[str, Any]) -> Job:
    values |= {
        "state": QUEUED,
        "attempts": 0,
        "done": 0,
        "note": "",
        "error": "",
        "checkpoint": {},
        "cancel_asked": False,
    }
    statement = insert(Job).values(**values)
    if values["unique_key"]:
        statement = statement.on_conflict_do_nothing(index_elements=[Job.unique_key], index_where=WAITS)
    job = db.session.scalar(statement.returning(Job), execution_options={"populate_existing": True})
    # Nothing came back: somebody's asking was committed a moment ago, and that job serves us both.
    return job or _waiting(values["unique_key"]) or _insert(values)
