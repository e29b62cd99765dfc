"""The timeline: children that speak on it, sources of features, pages."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal import records
from portal.audit import AuditLine
from portal.extensions import UtcDateTime, db
from portal.records import timeline, told
from portal.records.timeline import Item
from portal.security import SYSTEM


@pytest.fixture
def sources(monkeypatch):
    """Only what the test registers."""
    monkeypatch.setattr(timeline, "_sources", {})


def test_children_stand_by_time_with_their_text(people, make, sources):
    customer = make("customer", by=people.alice, name="腾讯")
    order = {"customer": customer.id, "amount": "1200", "product_name": "椅子"}
    make("order", by=people.alice, number="O-1", ordered_on=date(2026, 3, 1), **order)
    at = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
    make("follow_up", by=people.alice, customer=customer.id, at=at, way="visit", summary="谈价格")
    make("order", by=people.alice, number="O-2", ordered_on=date(2026, 3, 2), **order)
    found = timeline.entries(records.fetch("customer", customer.id, people.alice), people.alice)
    assert [(item.kind, item.title) for item in found] == [("order", "O-2"), ("follow_up", "谈价格"), ("order", "O-1")]
    assert "1,200.00" in found[0].text
    assert found[0].by == "Alice"
    assert timeline.entries(customer, people.charlie) == []


def test_pages_hold_everything_once(people, make, sources):
    customer = make("customer", by=people.alice, name="腾讯")
    day = date(2026, 3, 1)
    orders = [
        {"number": f"O-{n}", "customer": customer.id, "amount": 1, "ordered_on": day + timedelta(days=n // 7)}
        for n in range(30)
    ]
    notes = [
        {
            "customer": customer.id,
            "summary": f"N-{n}",
            "way": "phone",
            "at": datetime(2026, 3, 1 + n % 4, n, tzinfo=UTC),
        }
        for n in range(20)
    ]
    records.bulk.save_many("order", orders, by=people.alice)
    records.bulk.save_many("follow_up", notes, by=people.alice)
    whole = timeline.entries(customer, people.alice, limit=100)
    assert len(whole) == 50
    seen: list[Item] = []
    while page := timeline.entries(customer, people.alice, after=seen[-1].cursor if seen else None, limit=7):
        seen += page
    assert seen == whole


def test_features_bring_sources(people, make, sources):
    customer = make("customer", by=people.alice, name="腾讯")
    at = datetime(2030, 1, 1, tzinfo=UTC)

    def rows(record, person):
        shown = told.columns("line", AuditLine.id, sa.literal(at, UtcDateTime()), word=AuditLine.action)
        return sa.select(*shown).where(AuditLine.record_id == record.id) if "seller" in person.role_keys else None

    def item(row, record, person):
        return Item(told.moment(row), row.kind, row.id, row.word, by=record.title, link="/audit")

    timeline.register(told.Source("line", rows, item))
    found = timeline.entries(customer, people.alice)
    assert [(one.at, one.title, one.by, one.link) for one in found] == [(at, "record.created", "腾讯", "/audit")]
    assert timeline.entries(customer, people.alice, after="nonsense") == found
    assert timeline.entries(customer, people.alice, after=found[-1].cursor) == []
    assert timeline.entries(customer, people.alice, kinds={"order"}) == []
    assert timeline.entries(customer, people.admin) == []


def test_a_source_tells_only_what_all_can_tell(people):
    with pytest.raises(ValueError, match="no such columns: colour"):
        told.columns("line", AuditLine.id, AuditLine.at, colour=AuditLine.action)


def test_a_record_page_needs_few_statements(people, make, app):
    customer = make("customer", by=people.alice, name="腾讯", parent_company=None)
    order = {"customer": customer.id, "amount": 1, "ordered_on": date(2026, 1, 1)}
    records.bulk.save_many("order", [{**order, "number": f"O-{n}"} for n in range(60)], by=people.alice)
    db.session.commit()
    person = db.session.get(type(people.alice), people.alice.id)
    assert person.role_keys
    records.history(customer, people.alice)  # a process keeps what fields were called
    spoken: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda c, cursor, statement, *rest: spoken.append(statement))
    found = records.fetch("customer", customer.id, person)
    timeline.entries(found, person)
    records.history(found, person)
    assert len([statement for statement in spoken if statement.startswith("SELECT")]) <= 12


def test_system_sees_all(make, sources):
    customer = make("customer", name="腾讯")
    assert timeline.entries(customer, SYSTEM) == []
