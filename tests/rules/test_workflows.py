"""Workflows: the story of the silent key customer, releases, stuck runs, loops, and never two at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from portal import clock, events, jobs, records, schema
from portal.errors import Conflict
from portal.extensions import db, transaction
from portal.mail import Notice
from portal.rules import triggers
from portal.rules.workflows import WorkflowRun, WorkflowStep, engine, picture, runs
from portal.security import SYSTEM

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
SILENCE = "key_customer_silence"


@pytest.fixture
def travel() -> Any:
    """The clock of the test; `travel.move_to(...)`."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def publish(app: Any) -> Callable[..., None]:
    """`publish(key, text)` puts one workflow into force."""

    def put(key: str, text: str | None) -> None:
        schema.releases.publish_document(f"workflows/{key}.yml", text, by=SYSTEM, note="test")
        settle()

    return put


def settle() -> None:
    """Deliver events and do the jobs that are due, as the worker does."""
    db.session.commit()
    for _ in range(10):
        events.deliver()
        due = sa.select(jobs.Job.id).where(jobs.Job.state == "queued", jobs.Job.kind.like("workflows.%"))
        ready = list(
            db.session.scalars(due.where(sa.or_(jobs.Job.not_before.is_(None), jobs.Job.not_before <= clock.now())))
        )
        db.session.rollback()
        if not ready and not events.undelivered():
            return
        for job_id in ready:
            assert jobs.run_now(job_id).state == "done"


def by_clock(workflow: str = SILENCE) -> int:
    """Do what the schedule asks for at its due time."""
    job = jobs.enqueue(triggers.JOB, {"workflow": workflow})
    db.session.commit()
    result: int = jobs.run_now(job.id).result
    settle()
    return result


def key_customer(make: Any, owner: Any, name: str = "大客户") -> Any:
    customer = make("customer", name=name, owner=owner.id)
    make("order", number=name, customer=customer.id, ordered_on=clock.today(), amount="150000")
    return customer


def the_run(workflow: str = SILENCE) -> WorkflowRun:
    db.session.expire_all()
    return db.session.scalars(sa.select(WorkflowRun).where(WorkflowRun.workflow == workflow)).one()


def the_task() -> Any:
    table = records.tables.table_of("task")
    return records.fetch("task", db.session.scalars(sa.select(table.c.id)).one(), SYSTEM)


def test_not_done_in_three_days_the_manager_is_told(app: Any, people: Any, make: Any, travel: Any) -> None:
    key_customer(make, people.alice)
    make("customer", name="普通客户", owner=people.alice.id)
    settle()
    assert by_clock() == 1
    task = the_task()
    assert (task["owner"], task["status"], task["due_on"]) == (people.alice.id, "open", date(2026, 3, 3))
    run = the_run()
    assert run.state == "waiting"
    assert run.due_at == MONDAY + timedelta(days=3)
    travel.move_to(MONDAY + timedelta(days=2, hours=23))
    settle()
    assert the_run().state == "waiting"
    travel.move_to(MONDAY + timedelta(days=3))
    settle()
    assert the_run().state == "done"
    told = db.session.scalars(sa.select(Notice).where(Notice.person_id == people.dora.id)).all()
    assert len(told) == 1
    assert told[0].link == f"/customers/{the_run().record_id}"
    assert [(step.kind, step.state, step.result.get("outcome")) for step in the_run().steps] == [
        ("task", "done", None),
        ("wait", "done", "late"),
        ("branch", "done", "else"),
        ("notify", "done", None),
    ]


def test_a_done_task_ends_the_run_and_nobody_is_told(app: Any, people: Any, make: Any, travel: Any) -> None:
    key_customer(make, people.alice)
    settle()
    by_clock()
    travel.shift(timedelta(hours=5))
    records.save(the_task(), {"status": "done"}, by=SYSTEM)
    settle()
    assert the_run().state == "done"
    assert the_run().steps[1].result == {"outcome": "done"}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0
    lines = {line.path: line.state for line in picture.of_run(the_run())}
    assert lines == {"0": "done", "1": "done", "2": "done", "2.else.0": "skipped"}


def test_never_two_open_runs_and_again_only_after_thirty_days(app: Any, people: Any, make: Any, travel: Any) -> None:
    key_customer(make, people.alice)
    settle()
    assert [by_clock(), by_clock()] == [1, 0]
    travel.shift(timedelta(days=4))
    settle()
    assert the_run().state == "done"
    assert by_clock() == 0, "not again within 30 days"
    travel.shift(timedelta(days=27))
    assert by_clock() == 1


def test_a_deadline_never_falls_into_the_night_or_a_holiday(app: Any, people: Any, make: Any, travel: Any) -> None:
    travel.move_to(datetime(2026, 2, 12, 1, 0, tzinfo=UTC))  # three days later the Spring Festival has begun
    key_customer(make, people.alice)
    settle()
    by_clock()
    assert the_run().due_at == datetime(2026, 2, 24, 1, 0, tzinfo=UTC)


CREATED = """
workflow: welcome
label: Welcome
on: customer
trigger: {event: created}
steps:
  - tag: {add: [新客户]}
  - wait: {for: 2 workdays}
  - set: {status: active}
"""


def test_an_event_starts_it_and_it_finishes_on_its_own_release(
    app: Any, people: Any, make: Any, publish: Any, travel: Any
) -> None:
    publish("welcome", CREATED)
    customer = make("customer", name="新来的", owner=people.alice.id)
    settle()
    assert records.fetch("customer", customer.id, SYSTEM)["tags"] == ("新客户",)
    publish("welcome", CREATED.replace("status: active", "status: dormant"))
    publish("welcome", None)
    travel.shift(timedelta(days=2))
    settle()
    assert the_run("welcome").state == "done"
    assert records.fetch("customer", customer.id, SYSTEM)["status"] == "active"


def test_bulk_records_start_it_too(app: Any, publish: Any, travel: Any) -> None:
    publish("welcome", CREATED)
    with transaction():
        records.bulk.save_many("customer", [{"name": f"批量{n}"} for n in range(120)], by=SYSTEM)
    settle()
    states = db.session.execute(sa.select(WorkflowRun.state, sa.func.count()).group_by(WorkflowRun.state)).all()
    assert [tuple(row) for row in states] == [("waiting", 120)]


HAND_OVER = """
workflow: hand_over
label: Hand over
on: customer
trigger: {event: created}
steps:
  - notify: {to: owner, text: Look}
"""


def test_a_stuck_run_shows_its_reason_and_goes_on_after_a_retry(
    app: Any, people: Any, make: Any, publish: Any, travel: Any
) -> None:
    publish("hand_over", HAND_OVER)
    customer = make("customer", name="无主", owner=people.bob.id)
    people.bob.active = False
    settle()
    stuck = the_run("hand_over")
    assert (stuck.state, stuck.reason, stuck.reason_data) == ("stuck", "no_person", {"word": "owner"})
    assert stuck.steps[0].state == "failed"
    people.bob.active = True
    with transaction():
        runs.retry(stuck, people.admin)
    settle()
    done = the_run("hand_over")
    assert (done.state, done.reason, done.steps[0].state, done.steps[0].attempts) == ("done", None, "done", 2)
    assert db.session.scalars(sa.select(Notice.link)).all() == [f"/customers/{customer.id}"]
    with pytest.raises(Conflict):
        runs.retry(done, people.admin)


def test_a_cancelled_run_frees_the_record(app: Any, people: Any, make: Any, travel: Any) -> None:
    key_customer(make, people.alice)
    settle()
    by_clock()
    with transaction():
        runs.cancel(the_run(), people.admin)
    cancelled = the_run()
    assert (cancelled.state, cancelled.open_key, cancelled.reason) == ("cancelled", None, "person")
    travel.shift(timedelta(days=5))
    settle()
    assert the_run().state == "cancelled"


def test_an_archived_record_ends_its_run(app: Any, people: Any, make: Any, travel: Any) -> None:
    customer = key_customer(make, people.alice)
    settle()
    by_clock()
    records.archive(records.fetch("customer", customer.id, SYSTEM), by=SYSTEM)
    travel.shift(timedelta(days=4))
    settle()
    assert (the_run().state, the_run().reason) == ("cancelled", "record_gone")


PING = """
workflow: {key}
label: {key}
on: customer
trigger: {{event: changed, fields: [{heard}]}}
steps:
  - branch:
      when: {{{said}: [a]}}
      then: [{{set: {{{said}: b}}}}]
      else: [{{set: {{{said}: a}}}}]
"""


def test_workflows_that_set_each_other_off_are_stopped_and_shown(
    app: Any, people: Any, make: Any, publish: Any, travel: Any
) -> None:
    publish("ping", PING.format(key="ping", heard="city", said="province"))
    publish("pong", PING.format(key="pong", heard="province", said="city"))
    customer = make("customer", name="回声", owner=people.alice.id)
    records.save(records.fetch("customer", customer.id, SYSTEM), {"city": "a"}, by=people.alice)
    for _ in range(10):
        settle()
    stuck = db.session.scalars(sa.select(WorkflowRun).where(WorkflowRun.state == "stuck")).all()
    assert [(run.reason, run.depth) for run in stuck] == [("loop", 6)]
    number = db.session.scalar(sa.select(sa.func.count()).select_from(WorkflowRun))
    assert number == 7


def test_a_thousand_records_cost_few_statements(app: Any, people: Any, travel: Any) -> None:
    with transaction():
        saved = records.bulk.save_many("customer", [{"name": f"客户{n}"} for n in range(1000)], by=SYSTEM)
        orders = [
            {"number": str(id_), "customer": id_, "ordered_on": clock.today(), "amount": 150000} for id_ in saved.ids
        ]
        records.bulk.save_many("order", orders, by=SYSTEM)
    statements: list[str] = []
    listener = lambda *given: statements.append(given[2])  # noqa: E731
    sa.event.listen(db.engine, "before_cursor_execute", listener)
    with transaction():
        noun = schema.current().workflows[SILENCE]
        started = sum(
            triggers.start(noun, scope, "clock") for scope in triggers.ranges(records.tables.table_of("customer"))
        )
    sa.event.remove(db.engine, "before_cursor_execute", listener)
    assert started == 1000
    assert len(statements) <= 6


def test_a_worker_that_dies_at_a_step_three_times_leaves_it_stuck(
    app: Any, people: Any, make: Any, publish: Any, travel: Any
) -> None:
    publish("welcome", CREATED)
    make("customer", name="一")
    make("customer", name="二")
    events.deliver()
    with transaction():
        poison = db.session.scalars(sa.select(WorkflowRun).order_by(WorkflowRun.id)).first()
        assert poison is not None
        poison.attempts = engine.DEADLY
    settle()
    found = db.session.scalars(sa.select(WorkflowRun).order_by(WorkflowRun.id)).all()
    assert [(run.state, run.reason) for run in found] == [("stuck", "crash"), ("waiting", None)]


def test_the_schedule_follows_the_release(app: Any, publish: Any, travel: Any) -> None:
    publish("welcome", CREATED)
    names = set(db.session.scalars(sa.select(jobs.schedules.Schedule.name)))
    assert f"workflow:{SILENCE}" in names
    publish(SILENCE, None)
    assert f"workflow:{SILENCE}" not in set(db.session.scalars(sa.select(jobs.schedules.Schedule.name)))


def test_steps_are_unique(app: Any, people: Any, make: Any, travel: Any) -> None:
    key_customer(make, people.alice)
    settle()
    by_clock()
    run = the_run()
    db.session.add(WorkflowStep(run_id=run.id, path="0", kind="task"))
    with pytest.raises(sa.exc.IntegrityError):
        db.session.flush()
    db.session.rollback()
