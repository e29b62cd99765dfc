"""Scores: points, decay, bands, the account, and SQL equal to Python."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import clock, events, records, schema
from portal.extensions import db, transaction
from portal.rules import metrics, scoring
from portal.rules import nightly as nightly_job
from portal.rules.scope import Scope
from portal.rules.scoring import account, decay
from portal.rules.workflows import WorkflowRun
from portal.security import SYSTEM
from tests.rules.stage import MONDAY, settle

HEAT = """
scoring: heat
label: {zh: 热度, en: Heat}
on: customer
field: heat
band: heat_band
points:
  - {points: 20, label: Big, when: {employees: {gte: 100}}}
  - {points: -50, label: Lost, when: {status: lost}}
behaviour:
  - {points: 40, label: Clicks, event: mail_clicked, half_life: 10 days, at_most: 100}
  - {points: 10, label: Orders, from: order, through: customer, at: ordered_on, half_life: 20 days}
bands:
  hot: {label: Hot, colour: red, at_least: 50}
  cold: {label: Cold, otherwise: true}
"""


def publish() -> None:
    schema.releases.publish_document("scoring/heat.yml", HEAT, by=SYSTEM, note="test")
    settle()


def scored(customer: Any) -> tuple[Any, Any]:
    db.session.expire_all()
    found = records.fetch("customer", customer.id, SYSTEM)
    return found["heat"], found["heat_band"]


def nightly() -> None:
    db.session.commit()
    metrics.recompute()
    nightly_job.recompute()


def test_points_come_with_the_change_and_fade_by_the_clock(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish()
    customer = make("customer", name="一", owner=people.alice.id, employees=10)
    assert scored(customer) == (0, "cold")
    records.save(records.fetch("customer", customer.id, SYSTEM), {"employees": 100}, by=SYSTEM)
    assert scored(customer) == (20, "cold")
    with transaction():
        scoring.note("customer", customer.id, "mail_clicked")
    assert scored(customer) == (60, "hot")
    travel.shift(timedelta(days=10))
    nightly()
    assert scored(customer) == (40, "cold")
    travel.shift(timedelta(days=10))
    nightly()
    assert scored(customer) == (30, "cold")
    records.save(records.fetch("customer", customer.id, SYSTEM), {"status": "lost"}, by=SYSTEM)
    assert scored(customer) == (0, "cold")


def test_an_order_scores_its_customer_and_one_handed_over_both(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish()
    one, two = (make("customer", name=name, owner=people.alice.id) for name in "一二")
    order = make("order", number="1", customer=one.id, ordered_on=clock.today(), amount="1")
    assert (scored(one)[0], scored(two)[0]) == (10, 0)
    records.save(records.fetch("order", order.id, SYSTEM), {"customer": two.id}, by=SYSTEM)
    assert (scored(one)[0], scored(two)[0]) == (0, 10)


def test_clicks_are_worth_no_more_than_they_may(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish()
    customer = make("customer", name="一", owner=people.alice.id)
    with transaction():
        for _ in range(5):
            scoring.note("customer", customer.id, "mail_clicked")
    assert scored(customer) == (100, "hot")
    found = scoring.why(records.fetch("customer", customer.id, people.alice), "heat")
    assert [(part.text, part.times, part.worth) for part in found.parts] == [("Clicks", 5, 100.0)]


HEARD = """
workflow: heard
label: Heard
on: customer
trigger: {event: changed, fields: [heat_band]}
when: {heat_band: hot}
steps: [{set: {remark: call}}]
"""


def test_a_workflow_hears_of_a_band(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish()
    schema.releases.publish_document("workflows/heard.yml", HEARD, by=SYSTEM, note="test")
    settle()
    customer = make("customer", name="一", owner=people.alice.id, employees=100)
    with transaction():
        scoring.note("customer", customer.id, "mail_clicked")
    settle()
    runs = db.session.scalars(sa.select(WorkflowRun).where(WorkflowRun.workflow == "heard")).all()
    assert [run.state for run in runs] == ["done"]
    assert events.undelivered() == 0


ages = st.lists(st.integers(0, 400), max_size=6)


@settings(max_examples=12)
@given(clicks=ages, orders=ages, employees=st.integers(1, 300), later=st.integers(0, 60))
def test_sql_and_python_are_equal(
    app: Any, make: Any, travel: Any, clicks: list[int], orders: list[int], employees: int, later: int
) -> None:
    travel.move_to(MONDAY)
    if "heat" not in schema.current().scoring:
        publish()
    customer = make("customer", name="一", employees=employees)
    with transaction():
        for age in clicks:
            at = clock.now() - timedelta(days=age, hours=age % 24, seconds=age)
            db.session.add(scoring.Deed(entity="customer", record_id=customer.id, kind="mail_clicked", at=at))
    for age in orders:
        on = clock.today() - timedelta(days=age)
        make("order", number=f"{customer.id}-{age}", customer=customer.id, ordered_on=on, amount="1")
    travel.move_to(MONDAY + timedelta(days=later))
    noun = schema.current().scoring["heat"]
    with transaction():
        scoring.evaluate(noun, Scope(first=customer.id, last=customer.id))
    found = account.account(noun, records.fetch("customer", customer.id, SYSTEM))
    assert scored(customer) == (found.score, noun.band_of(found.score))


def test_a_half_life_halves() -> None:
    assert decay.worth(40, 10, MONDAY - timedelta(days=20), MONDAY) == 10
    assert decay.worth(40, 10, MONDAY + timedelta(days=3), MONDAY) == 40
    assert [decay.rounded(score) for score in (-3.0, 0.49, 2.5)] == [0, 0, 3]


def test_the_record_page_shows_the_account(app: Any, people: Any, make: Any, travel: Any, as_: Any) -> None:
    publish()
    customer = make("customer", name="一", owner=people.alice.id, employees=100)
    where, me = f"/customers/{customer.id}", as_(people.alice)
    page = me.get(where).get_data(as_text=True)
    assert "Why this score" in page and f'href="{where}/scores/heat"' in page
    assert "+20.0" in me.get(f"{where}/scores/heat").get_data(as_text=True)
    assert me.get(f"{where}/scores/cold").status_code == 404
    assert as_(people.charlie).get(f"{where}/scores/heat").status_code == 404
