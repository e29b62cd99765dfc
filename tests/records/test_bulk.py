"""Saving many: the same checks, audit and tokens, one event for the batch."""

import pytest

from portal import audit, records
from portal.errors import Forbidden
from portal.events import Event
from portal.extensions import db


def test_good_rows_are_stored_and_bad_ones_named(people):
    rows = [
        {"name": "甲公司", "phone": "13800138000"},
        {"name": ""},
        {"name": "乙公司", "phone": "nonsense", "colour": "red"},
        {"name": "丙公司", "external_id": "X1", "tags": ["老客户"]},
        {"name": "丁公司", "external_id": "X1"},
        {"name": "戊公司", "owner": people.bob.id},
    ]
    saved = records.bulk.save_many("customer", rows, by=people.alice)
    assert [id_ is not None for id_ in saved.ids] == [True, False, False, True, False, True]
    assert {at: set(why) for at, why in saved.problems.items()} == {
        1: {"name"},
        2: {"phone", "colour"},
        4: {"external_id"},
    }
    first, last = (records.fetch("customer", saved.ids[at], people.alice) for at in (0, 5))
    assert (first["owner"], first["team"], first["kind"]) == (people.alice.id, people.alice.team_id, "enterprise")
    assert last["owner"] == people.bob.id
    (event,) = db.session.scalars(db.select(Event).where(Event.kind == "records.created"))
    assert event.data["ids"] == [id_ for id_ in saved.ids if id_]
    assert "phone" in event.data["fields"]
    assert len(list(db.session.scalars(audit.lines(entity="customer", action="record.created")))) == 3
    assert [change.after for change in records.history(first, people.alice) if change.field.key == "name"] == ["甲公司"]
    assert [hit.id for hit in records.finder.find("甲公", people.alice)] == [first.id]


def test_rows_with_an_id_change_records(people, make):
    mine = make("customer", by=people.alice, name="甲公司", external_id="X1")
    bobs = make("customer", by=people.bob, name="乙公司")
    rows = [
        {"id": mine.id, "name": "甲集团", "external_id": "X1"},
        {"id": bobs.id, "name": "丙"},
        {"id": 777, "name": "丁"},
        {"name": "新公司", "external_id": "X1"},
    ]
    saved = records.bulk.save_many("customer", rows, by=people.alice)
    assert saved.ids == [mine.id, None, None, None]
    assert set(saved.problems) == {1, 2, 3}
    assert saved.updated == {0}
    changed = records.fetch("customer", mine.id, people.alice)
    assert (changed["name"], changed.version) == ("甲集团", 2)
    assert [hit.id for hit in records.finder.find("甲集团", people.alice)] == [mine.id]
    assert records.finder.find("甲公司", people.alice) == []
    line = db.session.scalars(audit.lines(entity="customer", record_id=mine.id)).first()
    assert line.data["changes"] == {"name": ["甲公司", "甲集团"]}
    (event,) = db.session.scalars(db.select(Event).where(Event.kind == "records.changed"))
    assert event.data == {"ids": [mine.id], "fields": ["name"]}


def test_bulk_asks_for_rights(people, make):
    with pytest.raises(Forbidden):
        records.bulk.save_many("customer", [{"name": "A"}], by=people.mary)
    theirs = make("customer", by=people.charlie, name="成都")
    saved = records.bulk.save_many("contact", [{"name": "张三", "customer": theirs.id}], by=people.alice)
    assert set(saved.problems[0]) == {"customer"}
    saved = records.bulk.save_many("customer", [{"name": "A", "credit_rating": "aaa"}], by=people.alice)
    assert set(saved.problems[0]) == {"credit_rating"}


def test_numbers_go_on_where_single_saves_stopped(people, make):
    customer = make("customer", by=people.alice, name="A")
    first = make("ticket", by=people.alice, subject="T", customer=customer.id)
    numbered = [key for key, field in first.entity.fields.items() if field.type.is_automatic]
    saved = records.bulk.save_many("ticket", [{"subject": "U", "customer": customer.id}] * 2, by=people.alice)
    after = [records.fetch("ticket", id_, people.alice) for id_ in saved.ids]
    for key in numbered:
        assert len({first[key], *(ticket[key] for ticket in after)}) == 3
