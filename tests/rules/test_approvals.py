"""Approvals: levels, own requests, time-outs, delegation, and who sees what."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import records
from portal.audit import AuditLine
from portal.errors import Conflict, Forbidden, Invalid
from portal.extensions import db, transaction
from portal.mail import Notice
from portal.rules.approvals import Approval, account, decisions, listing
from portal.rules.workflows import picture, runs
from portal.security import SYSTEM
from tests.rules.stage import publish, settle, the_run
from tests.rules.test_pages import token

FLOW = """
workflow: discount
label: Discount
on: customer
trigger: {{event: changed, fields: [remark]}}
steps:
  - approval:
      title: {{zh: 折扣, en: Discount}}
      levels:
        - {{to: {to}, within: 1 workday{more}}}
{second}
      then: [{{set: {{status: active}}}}]
      else: [{{set: {{status: lost}}}}]
"""


def flow(to: str = "lead", more: str = ", late: reject", second: str = "") -> str:
    return FLOW.format(to=to, more=more, second=f"        - {second}" if second else "")


def ask(make: Any, by: Any, text: str) -> Any:
    """A customer of somebody's whose change needs approval."""
    publish("discount", text)
    customer = make("customer", name="远景", owner=by.id)
    settle()
    records.save(records.fetch("customer", customer.id, by, "edit"), {"remark": "九折"}, by=by)
    settle()
    return customer


def only() -> Approval:
    db.session.expire_all()
    return db.session.scalars(sa.select(Approval)).one()


def decide(person: Any, *, is_yes: bool = True, comment: str = "") -> None:
    with transaction():
        decisions.decide(only().id, person, is_yes=is_yes, comment=comment)
    settle()


def record_of(customer: Any) -> records.Record:
    return records.fetch("customer", customer.id, SYSTEM)


def status(customer: Any) -> Any:
    return record_of(customer)["status"]


def test_the_run_waits_and_goes_on_by_a_yes(app: Any, people: Any, make: Any, travel: Any) -> None:
    customer = ask(make, people.alice, flow())
    assert (the_run("discount").state, only().state, only().asked_by_id) == ("waiting", "open", people.alice.id)
    assert db.session.execute(sa.select(Notice.person_id, Notice.link)).all() == [
        (people.dora.id, f"/approvals/{only().id}")
    ]
    assert [one.id for one in listing.waiting_for(people.dora)] == [only().id]
    decide(people.dora, comment="好")
    assert (the_run("discount").state, only().state, status(customer)) == ("done", "approved", "active")
    assert listing.number(people.dora) == 0
    assert next(line.report for line in picture.of_run(the_run("discount"), record_of(customer))) == "已同意"
    line = sa.select(AuditLine.by_id).where(AuditLine.action == "approval.approved")
    assert db.session.scalar(line) == people.dora.id


def test_a_no_needs_a_reason_and_takes_the_other_way(app: Any, people: Any, make: Any, travel: Any) -> None:
    customer = ask(make, people.alice, flow())
    with pytest.raises(Invalid):
        decide(people.dora, is_yes=False)
    decide(people.dora, is_yes=False, comment="太低")
    assert (only().state, status(customer)) == ("rejected", "lost")
    with pytest.raises(Conflict):
        decide(people.dora)
    found = records.fetch("customer", customer.id, people.alice)
    told = records.timeline.entries(found, people.alice, kinds={"approval"})
    assert [item.text for item in told] == ["折扣：Dora驳回 – 太低"]


def test_two_levels_one_after_the_other(app: Any, people: Any, make: Any, travel: Any) -> None:
    customer = ask(make, people.alice, flow(second="{to: admin}"))
    with pytest.raises(Forbidden):
        decide(people.admin)
    decide(people.dora)
    assert (only().state, only().level, status(customer)) == ("open", 1, "prospect")
    with pytest.raises(Conflict):
        decide(people.dora)
    decide(people.admin)
    assert (only().state, status(customer)) == ("approved", "active")


def test_nobody_decides_on_the_own_request(app: Any, people: Any, make: Any, travel: Any) -> None:
    ask(make, people.alice, flow(to="owner"))
    run = the_run("discount")
    assert (run.state, run.reason) == ("stuck", "no_approver")
    publish("discount", flow(to="owner").replace("      then:", "      own: true\n      then:"))
    customer = make("customer", name="二", owner=people.alice.id)
    settle()
    records.save(records.fetch("customer", customer.id, people.alice, "edit"), {"remark": "x"}, by=people.alice)
    settle()
    db.session.expire_all()
    own = db.session.scalars(sa.select(Approval).where(Approval.record_id == customer.id)).one()
    assert [one.person_id for one in own.seats] == [people.alice.id]


def test_all_of_a_level_are_needed_where_it_says_so(app: Any, people: Any, make: Any, travel: Any) -> None:
    customer = ask(make, people.alice, flow(to="seller", more=", late: reject, need: all"))
    # Sellers nearest to the record: bob only, for alice asked and charlie sits in another office.
    assert [one.person_id for one in only().seats] == [people.bob.id]
    with transaction():
        decisions.delegate(only().id, people.bob, people.dora, "休假")
    settle()
    seats = [(one.person_id, one.decision) for one in only().seats]
    assert seats == [(people.bob.id, "delegated"), (people.dora.id, "")]
    decide(people.dora)
    assert status(customer) == "active"
    names = [(line.name, line.what) for line in account.lines(only())]
    assert names == [("Bob", "转交"), ("Dora", "同意")]


def test_the_first_to_decide_wins(app: Any, people: Any, make: Any, travel: Any) -> None:
    people.bob.team.lead_id = people.bob.id
    customer = ask(make, people.alice, flow(more=", late: escalate, escalate_to: manager"))
    travel.shift(timedelta(days=1, hours=1))
    settle()
    assert [one.person_id for one in only().seats if not one.decision] == [people.bob.id, people.dora.id]
    with transaction():
        decisions.decide(only().id, people.dora, is_yes=True, comment="")
    with pytest.raises(Conflict), transaction():
        decisions.decide(only().id, people.bob, is_yes=False, comment="nein")
    settle()
    assert status(customer) == "active"


@pytest.mark.parametrize(("late", "ends"), [("reject", "lost"), ("approve", "active")])
def test_a_level_that_is_late_takes_its_default(
    app: Any, people: Any, make: Any, travel: Any, late: str, ends: str
) -> None:
    customer = ask(make, people.alice, flow(more=f", late: {late}"))
    travel.shift(timedelta(days=1, hours=1))
    settle()
    assert status(customer) == ends
    assert [line.what for line in account.lines(only())][-1] == "逾期未审批"


def test_what_is_late_after_escalation_stands_still_with_the_reason(
    app: Any, people: Any, make: Any, travel: Any
) -> None:
    ask(make, people.alice, flow(more=", late: escalate, escalate_to: admin"))
    for _ in range(2):
        travel.shift(timedelta(days=1, hours=1))
        settle()
    run = the_run("discount")
    assert (run.state, run.reason) == ("stuck", "approval_late")
    assert listing.number(people.admin) == 0
    with transaction():
        runs.retry(run, people.dora)
    settle()
    assert listing.number(people.admin) == 1
    decide(people.admin)
    assert only().state == "approved"


def test_a_cancelled_run_withdraws_what_it_asked(app: Any, people: Any, make: Any, travel: Any) -> None:
    ask(make, people.alice, flow())
    with transaction():
        runs.cancel(the_run("discount"), people.dora)
    assert listing.number(people.dora) == 0
    with pytest.raises(Conflict):
        decide(people.dora)


def test_the_pages(app: Any, people: Any, make: Any, travel: Any, as_: Any) -> None:
    customer = ask(make, people.alice, flow())
    browser, address = as_(people.dora), f"/approvals/{only().id}"
    assert "Discount" in browser.get("/approvals/").get_data(as_text=True)
    page = browser.get(address).get_data(as_text=True)
    assert "远景" in page
    assert "Reject" in page
    assert "Reject" not in as_(people.alice).get(address).get_data(as_text=True)
    assert as_(people.charlie).get(address).status_code == 404
    data = token(browser, address)
    refused = browser.post(f"{address}/decision", data=data | {"decision": "no"})
    assert refused.status_code == 422
    assert "Say why you reject." in refused.get_data(as_text=True)
    to_alice = browser.post(f"{address}/delegation", data=data | {"to": people.alice.id})
    assert "Nobody decides on their own request." in to_alice.get_data(as_text=True)
    to_charlie = browser.post(f"{address}/delegation", data=data | {"to": people.charlie.id})
    assert "This person may not see the record." in to_charlie.get_data(as_text=True)
    assert browser.post(f"{address}/delegation", data=data | {"to": people.bob.id}).status_code == 303
    other = as_(people.bob)
    done = other.post(f"{address}/decision", data=token(other, address) | {"decision": "yes"})
    assert done.status_code == 303
    settle()
    assert status(customer) == "active"
    assert "Discount" in browser.get("/approvals/?tab=decided").get_data(as_text=True)
    assert "Discount" in as_(people.alice).get("/approvals/?tab=asked").get_data(as_text=True)
