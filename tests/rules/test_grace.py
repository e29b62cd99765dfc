"""Grace before a downgrade: kept, shown, told, and a history that stays true."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal import clock, records, schema
from portal.extensions import db
from portal.mail import Notice
from portal.rules import grace, metrics
from portal.rules.grace import TierHold
from portal.rules.tiers import TierMove
from portal.security import SYSTEM
from tests.rules.stage import settle

SIZE = """
tier: size_class
label: {zh: 体量, en: Class}
on: customer
field: size_class
grace: 10 days
levels:
  large: {label: {zh: 大, en: Large}, when: {employees: {gte: 1000}}}
  middle: {label: {zh: 中, en: Middle}, when: {employees: {gte: 100}}}
  small: {label: {zh: 小, en: Small}, otherwise: true}
"""


def publish() -> None:
    schema.releases.publish_document("tiers/size_class.yml", SIZE, by=SYSTEM, note="test")
    settle()


def change(customer: Any, employees: int) -> None:
    records.save(records.fetch("customer", customer.id, SYSTEM), {"employees": employees}, by=SYSTEM)
    settle()


def level(customer: Any) -> Any:
    db.session.expire_all()
    return records.fetch("customer", customer.id, SYSTEM)["size_class"]


def nightly() -> None:
    db.session.commit()
    metrics.recompute()
    settle()


def moves() -> list[tuple[str | None, str | None]]:
    rows = sa.select(TierMove.before, TierMove.after).where(TierMove.tier == "size_class").order_by(TierMove.id)
    return [(row[0], row[1]) for row in db.session.execute(rows)]


def test_a_downgrade_waits_and_the_owner_is_told(app: Any, people: Any, make: Any, travel: Any, as_: Any) -> None:
    publish()
    customer = make("customer", name="一", owner=people.alice.id, employees=2000)
    change(customer, 10)
    assert level(customer) == "large"
    assert moves() == [(None, "large")]
    told = db.session.execute(sa.select(Notice.person_id, Notice.text)).all()
    assert [row[0] for row in told] == [people.alice.id]
    assert "falls to Small on 2026-03-12" in told[0][1]
    page = as_(people.alice).get(f"/customers/{customer.id}").get_data(as_text=True)
    assert "Falls to Small on 2026-03-12" in page
    travel.shift(timedelta(days=9))
    nightly()
    assert level(customer) == "large"
    travel.shift(timedelta(days=2))
    nightly()
    assert level(customer) == "small"
    assert moves() == [(None, "large"), ("large", "small")]
    assert db.session.scalars(sa.select(TierHold)).all() == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1


def test_whoever_comes_back_in_time_never_fell(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish()
    customer = make("customer", name="一", owner=people.alice.id, employees=2000)
    change(customer, 10)
    change(customer, 3000)
    assert db.session.scalars(sa.select(TierHold)).all() == []
    travel.shift(timedelta(days=11))
    nightly()
    change(customer, 500)
    assert level(customer) == "large"
    hold = db.session.scalars(sa.select(TierHold)).one()
    assert hold.until == clock.now() + timedelta(days=10)
    noun = schema.current().tiers["size_class"]
    assert grace.due_level(noun, records.fetch("customer", customer.id, SYSTEM)) is noun.levels["middle"]


def test_an_upgrade_is_at_once(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish()
    customer = make("customer", name="一", owner=people.alice.id, employees=10)
    change(customer, 150)
    assert level(customer) == "middle"
    change(customer, 10)
    change(customer, 5000)
    assert level(customer) == "large"
    assert db.session.scalars(sa.select(TierHold)).all() == []
