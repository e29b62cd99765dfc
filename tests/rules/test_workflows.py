"""Workflows: the story of the silent key customer, by the clock and by events, on its own release."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import records
from portal.extensions import db, transaction
from portal.mail import Notice
from portal.rules.workflows import WorkflowRun, picture
from portal.security import SYSTEM
from tests.rules.stage import CREATED, MONDAY, by_clock, key_customer, publish, settle, the_run, the_task


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
    lines = {
        line.path: line.state
        for line in picture.of_run(the_run(), records.fetch(the_run().entity, the_run().record_id, SYSTEM))
    }
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


def test_an_event_starts_it_and_it_finishes_on_its_own_release(app: Any, people: Any, make: Any, travel: Any) -> None:
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


def test_bulk_records_start_it_too(app: Any, travel: Any) -> None:
    publish("welcome", CREATED)
    with transaction():
        records.bulk.save_many("customer", [{"name": f"批量{n}"} for n in range(120)], by=SYSTEM)
    settle()
    states = db.session.execute(sa.select(WorkflowRun.state, sa.func.count()).group_by(WorkflowRun.state)).all()
    assert [tuple(row) for row in states] == [("waiting", 120)]


QUIET = """
workflow: quiet
label: Quiet
on: customer
trigger: {event: created}
steps:
  - set: {credit_rating: B}
  - notify: {to: marketer, text: "{{ name }} {{ phone }} {{ credit_rating }}"}
"""


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_notices_and_runs_show_what_their_reader_may_see(app: Any, people: Any, make: Any, as_: Any) -> None:
    publish("quiet", QUIET)
    customer = make("customer", by=people.dora, name="静默", phone="13800138000")
    settle()
    (text,) = db.session.scalars(sa.select(Notice.text).where(Notice.person_id == people.mary.id))
    assert text.startswith("静默 138") and "0013" not in text and "B" not in text
    step = f"/workflows/runs/{the_run('quiet').id}"
    assert "→" in as_(people.alice).get(step).text
    assert "→" not in as_(people.mary).get(step).text
    far = records.fetch("customer", customer.id, SYSTEM)
    with transaction():
        records.save(far, {"owner": people.charlie.id}, by=SYSTEM)
    assert as_(people.mary).get(step).status_code == 404
