"""Tags by rule: set and taken away with the change and by the clock, never touching what a person set."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal import clock, records, schema
from portal.extensions import db, transaction
from portal.rules import metrics, tags
from portal.rules import nightly as nightly_job
from portal.rules.tags import TagMark
from portal.rules.workflows import WorkflowRun
from portal.security import SYSTEM
from tests.rules.stage import settle

CARE = """
tags: care
label: Care
on: customer
values:
  大客户: {when: {employees: {gte: 100}}}
  新近: {when: {status: active}, expires: 10 days}
  关注: {when: {credit_rating: c}, stays: 5 days}
"""


def care() -> None:
    schema.releases.publish_document("tags/care.yml", CARE, by=SYSTEM, note="test")
    settle()


def held(customer: Any) -> set[str]:
    db.session.expire_all()
    return set(records.fetch("customer", customer.id, SYSTEM)["tags"] or ())


def change(customer: Any, **values: Any) -> None:
    records.save(records.fetch("customer", customer.id, SYSTEM), values, by=SYSTEM)


def nightly() -> None:
    db.session.commit()
    metrics.recompute()
    nightly_job.recompute()


def test_a_rule_sets_its_tag_with_the_change_and_takes_it_away(app: Any, people: Any, make: Any, travel: Any) -> None:
    care()
    customer = make("customer", name="一", owner=people.alice.id, employees=50)
    assert held(customer) == set()
    change(customer, employees=100)
    assert held(customer) == {"大客户"}
    change(customer, employees=99)
    assert held(customer) == set()
    assert db.session.scalars(sa.select(TagMark)).all() == []


def test_what_a_person_set_no_rule_takes_away(app: Any, people: Any, make: Any, travel: Any) -> None:
    care()
    customer = make("customer", name="一", owner=people.alice.id, employees=50, tags="大客户,决策人")
    change(customer, employees=500)
    change(customer, employees=5)
    nightly()
    assert held(customer) == {"大客户", "决策人"}


def test_what_a_person_took_away_comes_back_only_after_the_rule_has_failed(
    app: Any, people: Any, make: Any, travel: Any
) -> None:
    care()
    customer = make("customer", name="一", owner=people.alice.id, employees=500)
    change(customer, tags="")
    change(customer, employees=600)
    nightly()
    assert held(customer) == set()
    change(customer, employees=5)
    change(customer, employees=500)
    assert held(customer) == {"大客户"}


def test_a_tag_expires_and_stays_away_while_its_rule_holds(app: Any, people: Any, make: Any, travel: Any) -> None:
    care()
    customer = make("customer", name="一", owner=people.alice.id, status="active")
    assert held(customer) == {"新近"}
    travel.shift(timedelta(days=11))
    nightly()
    assert held(customer) == set()
    change(customer, remark="x")
    nightly()
    assert held(customer) == set()
    change(customer, status="dormant")
    change(customer, status="active")
    assert held(customer) == {"新近"}


def test_a_tag_stays_for_a_while_after_its_rule_fails(app: Any, people: Any, make: Any, travel: Any) -> None:
    care()
    customer = make("customer", name="一", owner=people.alice.id, credit_rating="c")
    change(customer, credit_rating="a")
    assert held(customer) == {"关注"}
    change(customer, credit_rating="c")
    change(customer, credit_rating="a")
    travel.shift(timedelta(days=4))
    nightly()
    assert held(customer) == {"关注"}
    travel.shift(timedelta(days=2))
    nightly()
    assert held(customer) == set()


def test_the_clock_alone_sets_tags_of_many(app: Any, people: Any, travel: Any) -> None:
    with transaction():
        rows = [{"name": f"客户{n}", "employees": n, "status": "dormant"} for n in range(80, 130)]
        saved = records.bulk.save_many("customer", rows, by=SYSTEM)
    care()
    nightly()
    tagged = [one for one in saved.ids if one and "大客户" in (records.fetch("customer", one, SYSTEM)["tags"] or ())]
    assert len(tagged) == 30
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TagMark)) == 30
    nightly()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TagMark)) == 30


def test_an_order_sets_the_tag_of_its_customer(app: Any, people: Any, make: Any, travel: Any) -> None:
    customer = make("customer", name="一", owner=people.alice.id)
    version = records.fetch("customer", customer.id, SYSTEM).version
    make("order", number="1", customer=customer.id, ordered_on=clock.today(), amount="100")
    assert held(customer) == {"近期活跃"}
    assert records.fetch("customer", customer.id, SYSTEM).version == version
    travel.shift(timedelta(days=91))
    nightly()
    assert held(customer) == set()


HEARD = """
workflow: heard
label: Heard
on: customer
trigger: {event: changed, fields: [tags]}
steps: [{set: {remark: heard}}]
"""


def test_a_workflow_hears_of_a_tag_of_a_rule(app: Any, people: Any, make: Any, travel: Any) -> None:
    care()
    schema.releases.publish_document("workflows/heard.yml", HEARD, by=SYSTEM, note="test")
    settle()
    customer = make("customer", name="一", owner=people.alice.id)
    change(customer, employees=100)
    settle()
    runs = db.session.scalars(sa.select(WorkflowRun).where(WorkflowRun.workflow == "heard")).all()
    assert [run.state for run in runs] == ["done"]


def test_the_record_page_says_why(app: Any, people: Any, make: Any, travel: Any, as_: Any) -> None:
    care()
    customer = make("customer", name="一", owner=people.alice.id, employees=120, tags="决策人")
    found = tags.why(records.fetch("customer", customer.id, people.alice))
    assert [(str(one.label), one.criteria[0].met) for one in found] == [("大客户", True)]
    page = as_(people.alice).get(f"/customers/{customer.id}").get_data(as_text=True)
    assert "Tags by rule" in page
    assert "since 2026-03-02" in page
