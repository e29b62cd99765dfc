"""Coupons: unique codes within limits, one redemption of each, a step of workflows, and pages within reach."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from portal import audit, clock, coupons, duplicates, events, jobs, records, schema
from portal.coupons import issuing, redeeming
from portal.coupons.models import Coupon
from portal.extensions import db, transaction
from portal.rules.workflows import WorkflowRun, engine
from portal.security import SYSTEM
from tests.rules.stage import publish, settle

ONE = """
coupon: {key}
label: {{zh: 试用券, en: Trial}}
on: customer
worth: {{zh: 减 5 元, en: 5 off}}
valid: 10 days
"""
FLOW = """
workflow: refresh
label: Refresh
on: customer
trigger: {event: created}
steps: [{coupon: {coupon: win_back}}]
"""


@pytest.fixture(autouse=True)
def plain(app: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def customer(make: Any, people: Any) -> Any:
    return make("customer", name="甲公司", owner=people.alice.id, email="li@kehu.example.com")


def given(key: str, more: str = "") -> None:
    schema.releases.publish_document(f"coupons/{key}.yml", ONE.format(key=key) + more, by=SYSTEM, note="test")


def issued(customer: Any, by: Any, key: str = "win_back") -> Coupon:
    one = issuing.issue(key, records.fetch("customer", customer.id, by), by=by)
    db.session.commit()
    return one


def letters(app: Any) -> list[str]:
    import email
    from email import policy

    found = (app.config["PORTAL"].instance / "outbox").glob("*.eml")
    return [email.message_from_bytes(one.read_bytes(), policy=policy.default).get_content() for one in found]


def mail_job() -> jobs.Job:
    return db.session.scalars(sa.select(jobs.Job).where(jobs.Job.kind == issuing.JOB)).one()


def test_a_code_is_issued_mailed_once_and_redeemed_once(app: Any, customer: Any, people: Any) -> None:
    one = issued(customer, people.alice)
    assert (one.standing, one.last_day) == ("issued", clock.today() + timedelta(days=90))
    assert str(one.promise) == "满 500 减 50"
    assert jobs.run_now(mail_job().id).result == "sent"
    (letter,) = letters(app)
    assert one.written in letter
    assert one.last_day.isoformat() in letter
    assert redeeming.found(one.written.lower(), people.alice).id == one.id
    redeeming.redeem(one, "SO-1", by=people.bob)
    db.session.commit()
    assert (one.standing, one.note, one.ended_by_id) == ("redeemed", "SO-1", people.bob.id)
    with pytest.raises(redeeming.Refused) as again:
        redeeming.redeem(one, "SO-2", by=people.alice)
    assert again.value.coupon.note == "SO-1"
    db.session.rollback()
    lines = db.session.scalars(audit.lines(entity="customer", record_id=customer.id)).all()
    told = [line for line in lines if line.action.startswith("coupon.")]
    assert {line.action for line in told} == {"coupon.issued", "coupon.redeemed"}
    assert not [line for line in told if one.code in str(line.data)]
    kinds = db.session.scalars(sa.select(events.Event.kind).where(events.Event.record_id == customer.id)).all()
    assert "coupon.redeemed" in kinds
    redeeming.take_back(one, by=people.alice)
    assert (one.standing, one.ended_at, one.note) == ("issued", None, "")
    redeeming.withdraw(one, by=people.alice)
    db.session.commit()
    for deed in (redeeming.take_back, redeeming.withdraw):
        with pytest.raises(redeeming.Refused):
            deed(one, by=people.alice)
        db.session.rollback()


def test_a_code_that_ran_out_is_neither_redeemed_nor_mailed(app: Any, customer: Any, people: Any) -> None:
    one = issued(customer, people.alice)
    with time_machine.travel(one.ends_at - timedelta(seconds=1), tick=False):
        assert one.standing == "issued"
    with time_machine.travel(one.ends_at, tick=False):
        assert one.standing == "expired"
        with pytest.raises(redeeming.Refused):
            redeeming.redeem(one, "", by=people.alice)
        db.session.rollback()
        assert jobs.run_now(mail_job().id).result == "dropped"
    assert not (app.config["PORTAL"].instance / "outbox").exists()


def test_limits_of_record_and_batch_hold(make: Any, customer: Any, people: Any) -> None:
    given("few", "per_record: 1\nin_all: 2\n")
    others = [make("customer", name=name, owner=people.alice.id) for name in ("乙公司", "丙公司")]
    first = issued(customer, people.alice, "few")
    with pytest.raises(issuing.NotIssued) as enough:
        issued(customer, people.alice, "few")
    assert enough.value.reason == issuing.ENOUGH
    db.session.rollback()
    issued(others[0], people.alice, "few")
    with pytest.raises(issuing.NotIssued) as out:
        issued(others[1], people.alice, "few")
    assert out.value.reason == issuing.OUT
    db.session.rollback()
    redeeming.withdraw(first, by=people.alice)
    issued(others[1], people.alice, "few")
    assert not db.session.scalars(sa.select(jobs.Job.id).where(jobs.Job.kind == issuing.JOB)).all()
    order = make("order", number="1", customer=customer.id, ordered_on=clock.today(), amount="1", owner=people.alice.id)
    with pytest.raises(issuing.NotIssued) as gone:
        issuing.issue("few", records.fetch("order", order.id, people.alice), by=people.alice)
    assert gone.value.reason == issuing.GONE


def test_a_step_gives_one_code_also_when_it_is_taken_twice(app: Any, people: Any, make: Any) -> None:
    publish("refresh", FLOW)
    customer = make("customer", name="甲公司", email="li@kehu.example.com")
    settle()
    run = db.session.scalars(sa.select(WorkflowRun).where(WorkflowRun.workflow == "refresh")).one()
    assert run.state == "done"
    one = db.session.scalars(sa.select(Coupon)).one()
    assert (one.record_id, one.run_id, one.by_id) == (customer.id, run.id, None)
    assert jobs.run_now(mail_job().id).result == "sent"
    report = coupons.Give().report(run.steps[0].result, customer)
    assert one.written in report
    with transaction():
        run.state, run.at, run.ended_at = "running", run.steps[0].path, None
        engine.advance(run)
    assert (run.state, run.steps[0].result) == ("done", {"coupon": one.id})
    assert db.session.scalars(sa.select(Coupon.id)).all() == [one.id]
    assert mail_job().state == "done"


def test_a_step_says_why_it_gives_none(people: Any, make: Any) -> None:
    given("few", "in_all: 1\n")
    publish("refresh", FLOW.replace("win_back", "few"))
    make("customer", name="甲公司")
    settle()
    make("customer", name="乙公司")
    settle()
    runs = db.session.scalars(sa.select(WorkflowRun).where(WorkflowRun.workflow == "refresh")).all()
    assert sorted((run.state, run.reason) for run in runs if run.reason or run.state) == [
        ("done", None),
        ("stuck", "coupons_gone"),
    ]
    publish("refresh", FLOW)
    make("customer", name="丙公司")
    settle()
    stuck = db.session.scalars(sa.select(WorkflowRun.reason).where(WorkflowRun.state == "stuck")).all()
    assert sorted(stuck) == ["coupons_gone", "no_address"]


def test_a_merge_brings_the_coupons_along(make: Any, customer: Any, people: Any) -> None:
    other = make("customer", name="甲公司（上海）", owner=people.alice.id)
    one = issued(other, people.alice, "win_back")
    duplicates.merging.merge("customer", customer.id, other.id, by=SYSTEM)
    db.session.commit()
    db.session.expire_all()
    assert one.record_id == customer.id
