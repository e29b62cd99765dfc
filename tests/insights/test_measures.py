"""Numbers over records against independent SQL, and what a lens leaves out."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock, insights, schema
from portal.errors import Forbidden
from portal.extensions import db
from portal.insights.lens import Lens, Subject
from portal.insights.measures import Measure
from portal.insights.periods import Period

SALES = Measure("order", "sum", "amount", within="ordered_on")
LAST_YEAR = clock.today().year - 1
YEAR = Period(date(LAST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))


@pytest.fixture
def orders(app: Any, people: SimpleNamespace, make: Callable[..., Any]) -> None:
    """Thirty orders of three sellers along a year; some amounts are no round numbers in binary."""
    by = {one.id: make("customer", by=one, name=f"{one.name} 客户", industry="it") for one in sellers(people)}
    for number in range(30):
        seller = sellers(people)[number % 3]
        make(
            "order",
            by=seller,
            number=f"SO-{number}",
            customer=by[seller.id].id,
            ordered_on=YEAR.start + timedelta(days=number * 12),
            amount=Decimal("100.10") + number,
            status="cancelled" if number % 10 == 9 else "completed",
        )


def sellers(people: SimpleNamespace) -> list[Any]:
    return [people.alice, people.bob, people.charlie]


def by_hand(where: str, what: str = "sum(amount)") -> Any:
    """The same number by text SQL over the physical table."""
    fields = schema.current().entities["order"].fields
    sql = f"select {what} from record_order where {where}"
    for key in ("amount", "ordered_on", "status"):
        sql = sql.replace(key, fields[key].column)
    return db.session.execute(sa.text(sql)).scalar()


def money(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def test_a_total_equals_sql_and_keeps_to_the_readers_rows(orders: None, people: SimpleNamespace) -> None:
    office = people.alice.office_id
    assert insights.measures.total(SALES, Lens(people.dora)) == money(by_hand(f"office_id = {office}"))
    assert insights.measures.total(SALES, Lens(people.charlie)) == money(by_hand(f"owner_id = {people.charlie.id}"))
    assert insights.measures.total(Measure("order"), Lens(people.dora)) == by_hand(f"office_id = {office}", "count(*)")
    everything = insights.measures.total(SALES, Lens(people.admin))
    assert everything == money(by_hand("1 = 1")) == sum((Decimal("100.10") + n for n in range(30)), Decimal(0))


def test_subject_and_period_narrow_but_never_widen(orders: None, people: SimpleNamespace) -> None:
    alice = Subject.of(people.alice)
    half = Period(date(LAST_YEAR, 1, 1), date(LAST_YEAR, 6, 30))
    expected = by_hand(f"owner_id = {people.alice.id} and ordered_on <= '{LAST_YEAR}-06-30'")
    assert insights.measures.total(SALES, Lens(people.dora, alice, half)) == money(expected)
    assert insights.measures.total(SALES, Lens(people.charlie, alice, YEAR)) == 0
    team = Subject.of(people.alice.team)
    assert insights.measures.total(SALES, Lens(people.dora, team, YEAR)) == money(
        by_hand(f"team_id = {people.alice.team_id}")
    )


def test_parts_along_time_add_up(orders: None, people: SimpleNamespace) -> None:
    lens = Lens(people.admin, None, YEAR)
    unit, slices = insights.measures.along(SALES, "month", YEAR, lens)
    assert unit == "month" and len(slices) == 12
    for one in slices:
        month = f"{one.key:%Y-%m}"
        after = insights.periods.following("month", one.key)
        expected = by_hand(f"ordered_on >= '{month}-01' and ordered_on < '{after}'") or 0
        assert one.value == money(expected)
    assert sum(one.value for one in slices) == insights.measures.total(SALES, lens)


def test_parts_by_a_field_are_named_and_add_up(orders: None, people: SimpleNamespace) -> None:
    lens = Lens(people.admin)
    by_status = insights.measures.split(Measure("order"), "status", lens)
    assert [(one.key, one.value) for one in by_status] == [("completed", 27), ("cancelled", 3)]
    by_owner = insights.measures.split(SALES, "owner", lens)
    assert {one.label for one in by_owner} == {"Alice", "Bob", "Charlie"}
    assert [one.value for one in by_owner] == sorted((one.value for one in by_owner), reverse=True)


def test_references_out_of_sight_have_no_name(orders: None, people: SimpleNamespace) -> None:
    named = insights.measures.split(SALES, "customer", Lens(people.charlie))
    assert [one.label for one in named] == ["Charlie 客户"]


def test_a_hidden_field_gives_no_numbers(orders: None, people: SimpleNamespace) -> None:
    with pytest.raises(Forbidden):
        insights.measures.split(Measure("customer"), "credit_rating", Lens(people.erin))


def test_a_moment_falls_on_the_day_of_the_portals_zone(
    app: Any, people: SimpleNamespace, make: Callable[..., Any]
) -> None:
    customer = make("customer", by=people.alice, name="甲")
    for at in ("2026-03-01T00:10:00+08:00", "2026-03-31T23:50:00+08:00", "2026-04-01T00:00:00+08:00"):
        make("follow_up", by=people.alice, customer=customer.id, at=at, way="phone", summary="x")
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert insights.measures.total(Measure("follow_up", within="at"), Lens(people.alice, None, march)) == 2
