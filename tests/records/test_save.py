"""Saving: checks, defaults, audit, event, the optimistic lock."""

from decimal import Decimal

import pytest

from portal import audit, records, schema
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.events import Event
from portal.extensions import db
from portal.security import SYSTEM


def lines(record, action="record.*"):
    query = audit.lines(entity=record.entity.key, record_id=record.id, action=action)
    return list(db.session.scalars(query))


def told(kind, record):
    query = db.select(Event).where(Event.kind == kind, Event.record_id == record.id, Event.entity == record.entity.key)
    return list(db.session.scalars(query))


def test_a_new_record_has_defaults_owner_and_place(people, make):
    saved = make("customer", by=people.alice, name="腾讯科技")
    found = records.fetch("customer", saved.id, people.alice)
    place = (people.alice.id, people.alice.team_id, people.alice.office_id)
    assert (found["owner"], found["team"], found["office"]) == place
    assert found["kind"] == "enterprise"
    assert (found.version, found["created_by"]) == (1, people.alice.id)
    assert found.title == "腾讯科技"
    assert found.text("owner") == "Alice"


def test_saving_writes_row_audit_and_event(people, make):
    customer = make("customer", by=people.alice, name="腾讯", phone="138 0013 8000")
    saved = records.save(customer, {"name": "腾讯科技", "phone": "13900139000"}, by=people.alice)
    assert saved.version == 2
    (line,) = lines(customer, "record.changed")
    changes = {"name": ["腾讯", "腾讯科技"], "phone": ["+8613800138000", "+8613900139000"]}
    assert line.data["changes"] == changes
    assert line.by_id == people.alice.id
    (event,) = told("record.changed", customer)
    # What is personal is in the audit log only; events travel.
    assert event.data["changes"] == {"name": ["腾讯", "腾讯科技"], "phone": [None, None]}
    assert event.release == schema.current().release
    assert len(told("record.created", customer)) == 1


def test_saving_what_is_there_already_changes_nothing(people, make):
    customer = make("customer", by=people.alice, name="腾讯")
    assert records.save(customer, {"name": " 腾讯 "}, by=people.alice).version == 1
    assert lines(customer, "record.changed") == []


def test_all_problems_come_at_once(people):
    draft = records.new("customer", people.alice)
    given = {"name": " ", "phone": "12", "nothing": "x", "annual_spend": 5, "id": 7, "owner": 99999}
    with pytest.raises(Invalid) as refusal:
        records.save(draft, given, by=people.alice)
    assert set(refusal.value.problems) == {"name", "phone", "nothing", "annual_spend", "id"}
    with pytest.raises(Invalid) as refusal:
        records.save(draft, {"name": "A", "owner": 99999}, by=people.alice)
    assert set(refusal.value.problems) == {"owner"}


def test_external_ids_are_unique_but_blanks_repeat(people, make):
    make("customer", by=people.alice, name="A", external_id="K-1")
    make("customer", by=people.alice, name="B", external_id="")
    third = make("customer", by=people.alice, name="C")
    with pytest.raises(Invalid) as refusal:
        make("customer", by=people.charlie, name="D", external_id="K-1")
    assert set(refusal.value.problems) == {"external_id"}
    with pytest.raises(Invalid):
        records.save(third, {"external_id": "K-1"}, by=people.alice)


def test_one_points_only_at_what_one_sees(people, make):
    theirs = make("customer", by=people.charlie, name="成都客户")
    with pytest.raises(Invalid) as refusal:
        make("contact", by=people.alice, name="张三", customer=theirs.id)
    assert set(refusal.value.problems) == {"customer"}
    with pytest.raises(Invalid):
        make("contact", by=people.charlie, name="张三", customer=424242)
    assert make("contact", by=people.charlie, name="张三", customer=theirs.id).id


def test_a_new_owner_brings_team_and_office(people, make):
    customer = make("customer", by=people.alice, name="A")
    moved = records.save(customer, {"owner": people.charlie.id}, by=SYSTEM)
    assert (moved["team"], moved["office"]) == (people.charlie.team_id, people.charlie.office_id)
    (line,) = lines(customer, "record.changed")
    assert set(line.data["changes"]) == {"owner", "team", "office"}
    with pytest.raises(NotFound):
        records.fetch("customer", customer.id, people.alice)


def test_rights_are_asked_at_saving_too(people, make):
    customer = make("customer", by=people.alice, name="A")
    as_bob = records.fetch("customer", customer.id, people.bob)
    assert not as_bob.may("edit")
    with pytest.raises(Forbidden):
        records.save(as_bob, {"name": "B"}, by=people.bob)
    with pytest.raises(NotFound):
        records.save(customer, {"name": "B"}, by=people.charlie)
    with pytest.raises(Forbidden):
        records.new("customer", people.mary)
    with pytest.raises(Invalid):
        records.save(customer, {"credit_rating": "aaa"}, by=people.alice)  # a seller only reads it
    assert records.fetch("customer", customer.id, people.alice)["name"] == "A"


def test_the_slower_of_two_learns_both_values(people, make):
    customer = make("customer", by=people.alice, name="A", city="上海")
    hers, his = (records.fetch("customer", customer.id, people.dora, "edit") for _ in range(2))
    records.save(hers, {"name": "Hers"}, by=people.dora)
    with pytest.raises(Conflict) as lost:
        records.save(his, {"name": "His", "city": "北京"}, by=people.dora)
    assert lost.value.mine == {"name": "His", "city": "北京"}
    assert lost.value.theirs == {"name": "Hers", "city": "上海"}
    stale = records.fetch("customer", customer.id, people.dora, "edit")
    with pytest.raises(Conflict):
        records.save(stale, {"city": "北京"}, by=people.dora, version=1)
    assert records.fetch("customer", customer.id, people.dora)["name"] == "Hers"


def test_a_quiet_save_keeps_the_version_and_tells_nothing(people, make):
    customer = make("customer", by=people.alice, name="A")
    saved = records.save(customer, {"annual_spend": Decimal("12.50")}, by=SYSTEM, quiet=True)
    assert (saved.version, saved["annual_spend"]) == (1, Decimal("12.50"))
    assert told("record.changed", customer) == []
    assert len(lines(customer, "record.changed")) == 1
    assert records.fetch("customer", customer.id, people.alice)["annual_spend"] == Decimal("12.50")


def test_an_archived_record_leaves_the_lists_and_comes_back(people, make):
    customer = make("customer", by=people.alice, name="A")
    as_bob = records.fetch("customer", customer.id, people.bob)
    with pytest.raises(Forbidden):
        records.archive(as_bob, by=people.bob)
    records.save(customer, {"name": "B"}, by=people.alice)  # the one in hand is stale; archiving does not mind
    gone = records.archive(customer, by=people.alice)
    assert gone.is_archived
    assert [found.id for found in records.search("customer", people.alice)] == []
    assert [found.id for found in records.search("customer", people.alice, archived=True)] == [customer.id]
    back = records.archive(records.fetch("customer", customer.id, people.alice), by=people.alice, undo=True)
    assert not back.is_archived
    assert [found.id for found in records.search("customer", people.alice)] == [customer.id]
    assert [line.action for line in lines(customer)][:2] == ["record.restored", "record.archived"]


def test_history_shows_what_the_person_may_see(people, make):
    customer = make("customer", by=people.alice, name="A", phone="13800138000")
    records.save(customer, {"owner": people.bob.id}, by=SYSTEM)
    records.save(records.fetch("customer", customer.id, SYSTEM), {"credit_rating": "b"}, by=SYSTEM)
    as_alice = records.history(customer, people.alice)
    assert {change.field.key for change in as_alice} >= {"name", "phone", "owner", "credit_rating"}
    owner = next(change for change in as_alice if change.field.key == "owner" and change.action == "record.changed")
    assert (owner.before, owner.after, owner.by) == ("Alice", "Bob", "系统")
    as_mary = records.history(customer, people.mary)
    assert "credit_rating" not in {change.field.key for change in as_mary if change.field}
    phone = next(change for change in as_mary if change.field and change.field.key == "phone")
    assert phone.after == "138****8000"


def test_automatic_numbers_count_up(people, make):
    customer = make("customer", by=people.alice, name="A")
    tickets = [make("ticket", by=people.alice, subject=f"T{n}", customer=customer.id) for n in range(3)]
    automatic = [key for key, field in tickets[0].entity.fields.items() if field.type.is_automatic]
    for key in automatic:
        values = [ticket[key] for ticket in tickets]
        assert len(set(values)) == 3
        assert values == sorted(values)
