"""Asking, claiming, leases, ends: the rows are the queue of record."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from portal import clock, jobs
from portal.errors import Conflict, Forbidden
from portal.extensions import db, transaction
from portal.jobs import Job, Work
from portal.jobs.queue import bell_queue
from portal.jobs.run import claim
from portal.jobs.work import LostLease

pytestmark = pytest.mark.usefixtures("app")


def ask(kind: str = "test.note", **named: Any) -> int:
    with transaction():
        return jobs.enqueue(kind, **named).id


def row(job_id: int) -> Job:
    db.session.rollback()
    return db.session.get_one(Job, job_id)


@pytest.fixture(autouse=True)
def kinds() -> None:
    def note(work: Work) -> object:
        work.advance(1, 2, "half", checkpoint={"at": 1})
        return {"seen": work.arguments}

    def refuse(work: Work) -> object:
        raise Forbidden

    def stumble(work: Work) -> object:
        raise ZeroDivisionError("with a secret")

    for kind, function in (("test.note", note), ("test.refuse", refuse), ("test.stumble", stumble)):
        jobs.register(kind, function, kind)


def test_a_job_runs_and_keeps_its_result() -> None:
    job = jobs.run_now(ask(arguments={"a": 1}))
    assert (job.state, job.result, job.done, job.total, job.checkpoint) == ("done", {"seen": {"a": 1}}, 1, 2, {"at": 1})
    assert job.started_at and job.ended_at and job.share == 0.5


def test_the_bell_rings_after_the_commit_only() -> None:
    with transaction():
        jobs.enqueue("test.note")
        assert len(bell_queue()) == 0
    assert len(bell_queue()) == 1
    with pytest.raises(RuntimeError), transaction():
        jobs.enqueue("test.note")
        raise RuntimeError
    assert len(bell_queue()) == 1
    assert db.session.query(Job).count() == 1


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError), transaction():
        jobs.enqueue("nobody.knows")


def test_one_waiting_job_for_each_unique_key() -> None:
    first = ask(unique_key="k")
    assert ask(unique_key="k") == first
    jobs.run_now(first)
    assert ask(unique_key="k") != first


def test_a_claimed_job_is_not_claimed_again_until_its_lease_ends() -> None:
    job_id = ask()
    with time_machine.travel(clock.now(), tick=False) as travel:
        assert claim(job_id) is not None
        assert claim(job_id) is None
        travel.shift(timedelta(seconds=5))
        assert claim(job_id) is not None
    assert row(job_id).attempts == 2


def test_a_run_that_lost_its_lease_writes_nothing() -> None:
    job_id = ask()
    slow = claim(job_id)
    assert slow is not None
    with time_machine.travel(clock.now() + timedelta(seconds=5)):
        assert claim(job_id) is not None
    with transaction():
        db.session.add(Job(kind="test.note", created_at=clock.now()))
    db.session.add(Job(kind="test.note", note="of the slow run", created_at=clock.now()))
    with pytest.raises(LostLease):
        slow.advance(9)
    assert db.session.query(Job).filter_by(note="of the slow run").count() == 0
    assert row(job_id).done == 0


def test_three_deaths_without_progress_make_a_job_dead() -> None:
    job_id = ask()
    for later in (0, 5, 10, 15):
        with time_machine.travel(clock.now() + timedelta(seconds=later)):
            last = claim(job_id)
    assert last is None
    assert row(job_id).state == "dead"


def test_a_failing_job_waits_longer_each_time_and_is_dead_after_three() -> None:
    job_id = ask("test.stumble")
    waits = []
    for _ in range(3):
        with time_machine.travel(row(job_id).not_before or clock.now(), tick=False):
            job = jobs.run_now(job_id)
            waits.append((job.not_before - clock.now()).total_seconds() if job.state == "queued" else job.state)
    assert waits == [5, 20, "dead"]
    assert row(job_id).error.startswith("ZeroDivisionError (test_queue.py:")
    assert "secret" not in row(job_id).error


def test_a_job_that_may_not_be_done_is_not_tried_again() -> None:
    assert jobs.run_now(ask("test.refuse")).state == "failed"


def test_cancelling_a_waiting_and_a_running_job() -> None:
    waiting, running = ask(), ask()
    assert jobs.cancel(waiting).state == "cancelled"
    work = claim(running)
    assert work is not None
    assert jobs.cancel(running).state == "running"
    with pytest.raises(jobs.Cancelled):
        work.advance(1)
    assert row(running).done == 1


def test_an_ended_job_runs_again_from_its_checkpoint() -> None:
    job_id = ask("test.refuse")
    with pytest.raises(Conflict):
        jobs.retry(job_id)
    jobs.run_now(job_id)
    bell_queue().empty()
    assert jobs.retry(job_id).state == "queued"
    assert bell_queue().get_job_ids() == [f"job-{job_id}"]
