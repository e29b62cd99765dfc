"""Tier and workflow pages: what they show, and to whom."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock, jobs, schema
from portal.audit import AuditLine
from portal.extensions import db, transaction
from portal.records import tables
from portal.rules import triggers
from portal.rules.workflows import WorkflowRun, engine


@pytest.fixture
def customer(app: Any, people: Any, make: Any) -> Any:
    """A VIP of alice's."""
    made = make("customer", name="华兴机电", owner=people.alice.id)
    for day in (0, 40):
        on = clock.today() - timedelta(days=day)
        make("order", number=f"O{day}", customer=made.id, ordered_on=on, amount="80000")
    return made


@pytest.fixture
def run(customer: Any) -> WorkflowRun:
    """A run about it that stands still."""
    with transaction():
        noun = schema.current().workflows["key_customer_silence"]
        for scope in triggers.ranges(tables.table_of("customer")):
            triggers.start(noun, scope, triggers.CLOCK)
    engine.drain()
    found = db.session.scalars(sa.select(WorkflowRun)).one()
    with transaction():
        engine.stop(found, "no_person", word="owner")
    return found


def test_the_tier_page_shows_criteria_number_share_strategy_and_owner(customer: Any, people: Any, as_: Any) -> None:
    page = as_(people.alice).get("/tiers/customer_tier").get_data(as_text=True)
    for text in (
        "Annual spend is at least ¥100,000.00",
        "Repurchase rate is at least 30%",
        "100.0%",
        "of a target of 5%",
        "Own account manager",
        "Manager",
        "f.tier=eq:vip",
        "华兴机电",
    ):
        assert text in page
    assert as_(people.alice).get("/tiers/").status_code == 200
    assert as_(people.alice).get("/tiers/none").status_code == 404


def test_strangers_see_no_numbers_or_names(customer: Any, people: Any, as_: Any) -> None:
    page = as_(people.charlie).get("/tiers/customer_tier").get_data(as_text=True)
    assert "华兴机电" not in page
    assert "100.0%" not in page


def test_workflows_are_readable_and_counted(run: WorkflowRun, people: Any, as_: Any) -> None:
    page = as_(people.dora).get("/workflows/").get_data(as_text=True)
    for text in (
        "Key customer silent for 30 days",
        "Every day at 09:00",
        "Until the task is done, at most 3 days",
        "1 stuck",
    ):
        assert text in page
    assert "1 stuck" not in as_(people.charlie).get("/workflows/").get_data(as_text=True)


def test_a_step_that_sets_fields_names_them_as_people_do(customer: Any, people: Any, as_: Any) -> None:
    page = as_(people.dora).get("/workflows/").get_data(as_text=True)
    assert "Set “Status” to “Prospect”" in page
    assert "status = prospect" not in page


def test_a_run_is_shown_step_by_step_to_those_who_see_its_record(run: WorkflowRun, people: Any, as_: Any) -> None:
    address = f"/workflows/runs/{run.id}"
    page = as_(people.alice).get(address).get_data(as_text=True)
    for text in ("华兴机电", "the owner", "leads to nobody", "for Alice", "the clock", "Release"):
        assert text in page
    assert "Try again" not in page
    assert as_(people.charlie).get(address).status_code == 404
    for verb in ("attempt", "cancellation"):
        browser = as_(people.alice)
        assert browser.post(f"{address}/{verb}", data=token(browser, address)).status_code == 403


def test_a_manager_tries_again_and_cancels(run: WorkflowRun, people: Any, as_: Any) -> None:
    browser, address = as_(people.dora), f"/workflows/runs/{run.id}"
    assert "Try again" in browser.get(address).get_data(as_text=True)
    assert browser.post(f"{address}/attempt", data=token(browser, address)).status_code == 303
    assert db.session.get_one(WorkflowRun, run.id).state == "running"
    assert browser.post(f"{address}/cancellation", data=token(browser, address)).status_code == 303
    assert db.session.get_one(WorkflowRun, run.id).state == "cancelled"
    assert "Cancelled by Dora" in browser.get(address).get_data(as_text=True)
    lines = sa.select(AuditLine.action).where(AuditLine.action.startswith("workflow.")).order_by(AuditLine.id)
    actions = db.session.scalars(lines).all()
    assert actions == ["workflow.retried", "workflow.cancelled"]


def token(browser: Any, address: str) -> dict[str, str]:
    """The CSRF token of a page."""
    page = browser.get(address).get_data(as_text=True)
    return {"csrf_token": page.split('name="csrf-token" content="')[1].split('"')[0]}


def test_the_list_filters_by_state_and_workflow(run: WorkflowRun, people: Any, as_: Any) -> None:
    browser = as_(people.alice)
    assert "华兴机电" in browser.get("/workflows/runs?state=stuck").get_data(as_text=True)
    assert "华兴机电" in browser.get("/workflows/runs?state=open&workflow=key_customer_silence").get_data(as_text=True)
    assert "华兴机电" not in browser.get("/workflows/runs?state=done").get_data(as_text=True)
    assert "华兴机电" not in as_(people.charlie).get("/workflows/runs").get_data(as_text=True)


def test_a_manager_starts_a_workflow_of_the_clock(customer: Any, people: Any, as_: Any) -> None:
    address = "/workflows/key_customer_silence/start"
    browser = as_(people.alice)
    assert browser.post(address, data=token(browser, "/workflows/")).status_code == 403
    browser = as_(people.dora)
    assert browser.post(address, data=token(browser, "/workflows/")).status_code == 303
    waiting = db.session.scalars(sa.select(jobs.Job).where(jobs.Job.kind == triggers.JOB)).one()
    assert jobs.run_now(waiting.id).result == 1
