"""Runs never stop silently: the sweep finds them, people are told and set them going again."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock, records, schema
from portal.audit import AuditLine
from portal.errors import Conflict
from portal.extensions import db, transaction
from portal.mail import Notice
from portal.rules.workflows import WorkflowRun, moving, picture, runs, sweep
from portal.security import SYSTEM
from tests.rules.stage import CREATED, MONDAY, by_clock, key_customer, publish, settle, the_run
from tests.rules.test_pages import token

ENDLESS = """
workflow: call
label: Call
on: customer
trigger: {event: created}
steps:
  - task: {title: Call, to: owner, due: 1 day}
  - wait: {for: task_done}
  - set: {status: active}
"""


def test_a_wait_whose_record_went_unheard_goes_on(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish("call", ENDLESS)
    make("customer", name="一", owner=people.alice.id)
    settle()
    table = records.tables.table_of("task")
    with transaction():
        db.session.execute(sa.update(table).values(archived_at=clock.now()))
    assert sweep.sweep() == 0
    assert the_run("call").state == "done"


def test_the_sweep_leaves_alone_what_goes_on_by_itself(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish("call", ENDLESS)
    publish("welcome", CREATED)
    make("customer", name="一", owner=people.alice.id)
    settle()
    travel.shift(timedelta(days=1))
    assert sweep.sweep() == 0
    assert {run.state for run in db.session.scalars(sa.select(WorkflowRun))} == {"waiting"}


def test_runs_without_a_goal_are_stopped_and_told_once(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish("call", ENDLESS)
    make("customer", name="一", owner=people.alice.id)
    make("customer", name="二", owner=people.alice.id)
    settle()
    with transaction():
        db.session.execute(sa.update(WorkflowRun).values(waits_entity=None, waits_id=None))
    assert sweep.sweep() == 2
    assert sweep.sweep() == 0
    settle()
    found = db.session.scalars(sa.select(WorkflowRun)).all()
    assert {(run.state, run.reason) for run in found} == {("stuck", "nothing_due")}
    told = db.session.execute(sa.select(Notice.person_id, Notice.link, Notice.text)).all()
    assert [(row[0], row[1]) for row in told] == [(people.dora.id, "/workflows/stuck?workflow=call")]
    assert "It waits, but for nothing that could come." in told[0][2]


def test_a_wait_that_ends_at_night_goes_on_in_the_morning(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish("welcome", CREATED.replace("2 workdays", "14 hours"))
    make("customer", name="夜", owner=people.alice.id)
    settle()
    due = the_run("welcome").due_at
    assert due is not None
    assert clock.to_zone(due).strftime("%a %H:%M") == "Tue 09:00"
    travel.move_to(MONDAY + timedelta(hours=15))
    settle()
    assert the_run("welcome").state == "waiting"


def longer(text: str) -> str:
    """The workflow with another step in front of what it had."""
    return text.replace("  - wait:", "  - tag: {add: [已迎接]}\n  - wait:").replace("active", "dormant")


def test_a_run_ends_on_the_release_it_began_with(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish("welcome", CREATED)
    customer = make("customer", name="新", owner=people.alice.id)
    settle()
    publish("welcome", longer(CREATED))
    travel.shift(timedelta(days=3))
    settle()
    assert the_run("welcome").state == "done"
    assert records.fetch("customer", customer.id, SYSTEM)["status"] == "active"


def test_a_run_moves_to_the_release_in_force_by_choice(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish("welcome", CREATED)
    customer = make("customer", name="新", owner=people.alice.id)
    settle()
    run = the_run("welcome")
    assert not moving.is_behind(run)
    publish("welcome", longer(CREATED))
    run = the_run("welcome")
    assert moving.is_behind(run)
    found = moving.choice(run)
    assert ([step.kind for step in found.gone], found.proposed) == (["wait", "set"], None)
    with pytest.raises(Conflict), transaction():
        moving.move(run, "9", people.dora)
    with transaction():
        moving.move(the_run("welcome"), "1", people.dora)
    settle()
    run = the_run("welcome")
    assert (run.release, run.state) == (schema.current().release, "waiting")
    held = set(records.fetch("customer", customer.id, SYSTEM)["tags"])
    assert held == {"新客户", "已迎接"}
    states = [(line.kind, line.state) for line in picture.of_run(run, records.fetch(run.entity, run.record_id, SYSTEM))]
    assert states == [("wait", "cancelled"), ("tag", "done"), ("tag", "done"), ("wait", "waiting"), ("set", "coming")]
    travel.shift(timedelta(days=3))
    settle()
    assert records.fetch("customer", customer.id, SYSTEM)["status"] == "dormant"
    moved = db.session.scalars(sa.select(AuditLine).where(AuditLine.action == "workflow.moved")).one()
    assert moved.by_id == people.dora.id


@pytest.fixture
def stuck(app: Any, people: Any, make: Any, travel: Any) -> WorkflowRun:
    """A run of the silence of a customer of alice's that stands still."""
    key_customer(make, people.alice)
    settle()
    by_clock()
    with transaction():
        run = the_run()
        run.due_at, run.waits_entity, run.waits_id = None, None, None
    sweep.sweep()
    settle()
    return the_run()


def test_the_page_shows_reasons_and_sets_runs_going_again(stuck: WorkflowRun, people: Any, as_: Any) -> None:
    browser = as_(people.dora)
    page = browser.get("/workflows/stuck").get_data(as_text=True)
    assert "It waits, but for nothing that could come." in page
    assert "大客户" in page
    assert "1 run stands still" in browser.get("/").get_data(as_text=True)
    data = token(browser, "/workflows/stuck")
    assert browser.post("/workflows/stuck/attempt", data=data).status_code == 303
    assert the_run().state == "stuck"
    told = {**data, "workflow": stuck.workflow, "reason": "nothing_due"}
    assert browser.post("/workflows/stuck/attempt", data=told).status_code == 303
    assert the_run().state == "running"
    assert "No run stands still" in browser.get("/workflows/stuck").get_data(as_text=True)


def test_giving_up_ends_a_run_and_is_on_record(stuck: WorkflowRun, people: Any, as_: Any) -> None:
    for person, code in ((people.alice, 403), (people.dora, 303)):
        browser = as_(person)
        address = f"/workflows/stuck/{stuck.id}/end"
        assert browser.post(address, data=token(browser, "/workflows/stuck")).status_code == code
    assert (the_run().state, the_run().reason) == ("cancelled", "person")
    assert db.session.scalar(sa.select(AuditLine.by_id).where(AuditLine.action == "workflow.cancelled"))


def test_strangers_and_sellers_steer_nothing(stuck: WorkflowRun, people: Any, as_: Any) -> None:
    assert "大客户" not in as_(people.charlie).get("/workflows/stuck").get_data(as_text=True)
    page = as_(people.alice).get("/workflows/stuck").get_data(as_text=True)
    assert "大客户" in page
    assert "Try again" not in page
    assert as_(people.alice).get(f"/workflows/runs/{stuck.id}/move").status_code == 403
    assert runs.stuck_number(people.charlie) == 0


def test_the_page_of_a_move_names_what_is_gone(app: Any, people: Any, make: Any, travel: Any, as_: Any) -> None:
    publish("welcome", CREATED)
    make("customer", name="新", owner=people.alice.id)
    settle()
    run, browser = the_run("welcome"), as_(people.dora)
    address = f"/workflows/runs/{run.id}/move"
    assert "Nothing to move to" in browser.get(address).get_data(as_text=True)
    publish("welcome", longer(CREATED))
    page = browser.get(address).get_data(as_text=True)
    assert "Steps that are no more" in page
    assert "Move to the release in force" in browser.get(f"/workflows/runs/{run.id}").get_data(as_text=True)
    assert browser.post(address, data=token(browser, address) | {"to": "2"}).status_code == 303
    assert the_run("welcome").at == "2"
