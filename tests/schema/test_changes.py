"""The plan of a publish: what is added, archived, brought back, renamed."""

import pytest

from portal.schema import releases
from tests.schema.docs import CUSTOMER, publish, shipped, with_field

INTENT = "intent: {type: choice, label: 合作意向, options: [高, 中, 低]}"


@pytest.fixture(autouse=True)
def _app(app):
    assert releases.current_number() == 1


def planned(documents, restores=None):
    result, plan = releases.preview(documents, restores)
    assert not result.errors
    return [
        (change.kind, change.entity, (change.field or change.before).key if change.field or change.before else None)
        for change in plan.changes
    ]


def test_nothing_changes_nothing():
    assert planned(shipped()) == []


def test_added_archived_and_restored():
    with_intent = with_field(shipped(), INTENT)
    assert planned(with_intent) == [("add", "customer", "intent")]
    publish(with_intent)
    assert planned(shipped()) == [("archive", "customer", "intent")]
    publish(shipped())
    assert planned(with_intent) == [("restore", "customer", "intent")]
    assert planned(with_intent, restores=2) == [("restore", "customer", "intent")]


def test_renamed_retyped_indexed_altered():
    text = shipped()[CUSTOMER]
    text = text.replace("  remark: {", "  memo: {was: remark, ").replace("external_id, remark]", "external_id, memo]")
    text = text.replace("  website: {type: url", "  website: {type: text")
    text = text.replace("employees: {type: integer,", "employees: {type: integer, filterable: true,")
    text = text.replace("简称", "简短名称")
    assert sorted(planned({**shipped(), CUSTOMER: text})) == [
        ("alter", "customer", "short_name"),
        ("index", "customer", "employees"),
        ("rename", "customer", "memo"),
        ("retype", "customer", "website"),
    ]


def test_entities_come_and_go():
    head = "entity: thing\nlabel: 物品\nplural: 物品\nslug: things\ntitle: name\n"
    thing = head + "fields:\n  name: {type: text, label: 名}\n"
    assert planned({**shipped(), "entities/thing.yml": thing}) == [
        ("add_entity", "thing", None),
        ("add", "thing", "name"),
    ]
    publish({**shipped(), "entities/thing.yml": thing})
    assert planned(shipped()) == [("archive_entity", "thing", None)]


def test_looking_changes_nothing():
    planned(with_field(shipped(), INTENT))
    assert releases.current_number() == 1
    publish(shipped())
    assert planned(with_field(shipped(), INTENT)) == [("add", "customer", "intent")]
