"""The other side of a reference: what the kept statements read is what the search of these records finds."""

import itertools

import pytest

from portal import records, schema
from portal.records import nearby
from portal.schema import conditions
from portal.security import policy

KEYS = ("number", "ordered_on", "amount")


@pytest.fixture
def customer(make, people):
    """A customer of Alice with orders, two of them of one day, and one that is archived."""
    one = make("customer", by=people.alice, name="甲")
    for number, day in enumerate(("2026-01-03", "2026-01-01", "2026-01-01", "2026-01-02")):
        make("order", by=people.alice, customer=one.id, number=f"D{number}", ordered_on=day, amount=number)
    gone = make("order", by=people.alice, customer=one.id, number="D9", ordered_on="2026-01-09", amount=9)
    records.archive(gone, by=people.admin)
    make(
        "order",
        by=people.alice,
        customer=make("customer", by=people.alice, name="乙").id,
        number="E1",
        ordered_on="2026-01-05",
        amount=1,
    )
    return one


def told(page):
    return [(one.id, [one.text(key) for key in KEYS]) for one in page], page.next, page.count, page.more


def by_search(customer, person, limit):
    order = schema.current().entities["order"]
    test = conditions.parse({"customer": customer.id}, order)
    return told(records.search("order", person, condition=test, limit=limit, columns=KEYS))


def by_side(customer, person, limit):
    order = schema.current().entities["order"]
    seen = records.fetch("customer", customer.id, person)
    return told(records.sides.first(seen, order, order.fields["customer"], columns=KEYS, limit=limit))


def test_a_side_is_what_the_search_finds(customer, people) -> None:
    """In turn, so that whoever comes later meets what was kept for others."""
    readers = (people.alice, people.bob, people.mary, people.admin)
    for person, limit in itertools.product(readers, (1, 3, 4, 20)):
        expected = by_search(customer, person, limit)
        assert expected[0], "they see orders"
        assert by_side(customer, person, limit) == expected


def test_whom_the_policy_keeps_no_statement_for_reads_the_same(customer, people, monkeypatch) -> None:
    expected = by_side(customer, people.alice, 3)
    monkeypatch.setattr(policy, "peer_of", lambda actor: None)
    assert by_side(customer, people.alice, 3) == expected


def test_where_very_many_point_at_one_they_are_looked_for_in_the_order(customer, people, monkeypatch) -> None:
    expected, asked = by_side(customer, people.alice, 3), []
    search = records.sides.search.search
    monkeypatch.setattr(nearby, "of", lambda *told: nearby.Nearby(told[1], {}))
    monkeypatch.setattr(records.sides.search, "search", lambda *a, **k: asked.append(a) or search(*a, **k))
    assert by_side(customer, people.alice, 3) == expected and asked
