"""What goes wrong in workflows: stuck runs, loops, poison, cancelled and archived; and what it costs."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock, events, jobs, records, schema
from portal.errors import Conflict
from portal.extensions import db, transaction
from portal.mail import Notice
from portal.rules import triggers
from portal.rules.workflows import WorkflowRun, WorkflowStep, engine, runs
from portal.security import SYSTEM
from tests.rules.stage import CREATED, SILENCE, by_clock, key_customer, publish, settle, the_run

HAND_OVER = """
workflow: hand_over
label: Hand over
on: customer
trigger: {event: created}
steps:
  - notify: {to: owner, text: Look}
"""


def test_a_stuck_run_shows_its_reason_and_goes_on_after_a_retry(app: Any, people: Any, make: Any, travel: Any) -> None:
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
    told = dict(db.session.execute(sa.select(Notice.person_id, Notice.link)).all())
    assert told == {people.bob.id: f"/customers/{customer.id}", people.dora.id: "/workflows/stuck?workflow=hand_over"}
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


def test_workflows_that_set_each_other_off_are_stopped_and_shown(app: Any, people: Any, make: Any, travel: Any) -> None:
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
            triggers.start(noun, scope, triggers.CLOCK)
            for scope in triggers.ranges(records.tables.table_of("customer"))
        )
    sa.event.remove(db.engine, "before_cursor_execute", listener)
    assert started == 1000
    assert len(statements) <= 6


def test_a_worker_that_dies_at_a_step_three_times_leaves_it_stuck(
    app: Any, people: Any, make: Any, travel: Any
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


def test_the_schedule_follows_the_release(app: Any, travel: Any) -> None:
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
