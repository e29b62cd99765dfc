"""A field that got another type: what it held before is told in the words of then, and never stored again."""

import re

import pytest

from portal import records
from portal.extensions import db, transaction
from portal.records import recall, reversal
from portal.records.bulk import save_many
from portal.schema import compiled
from portal.security import SYSTEM
from tests.schema.docs import customer, publish, shipped, with_field


def typed(kind: str) -> None:
    publish(with_field(shipped(), f"code: {kind}"))
    compiled.forget()


@pytest.fixture
def coded(app, make, people):
    """A customer whose code was a word, then another."""
    typed("{type: text, label: 编码}")
    made = make("customer", by=people.alice, name="甲", code="旧词")
    with transaction():
        records.save(records.fetch("customer", made.id, people.alice, "edit"), {"code": "新词"}, by=people.alice)
    return made


def test_history_and_audit_log_tell_the_words_of_then(coded, people, as_):
    typed("{type: date, label: 编码}")
    page = as_(people.alice).get(f"/customers/{coded.id}/history").text
    assert "旧词" in page and "新词" in page
    assert not re.search(r"/history/\d+/code/return", page), "what was another type's is not put back"
    assert "旧词" in as_(people.admin).get("/audit?entity=customer").text


def test_the_words_of_then_are_masked_like_those_of_now(app):
    field, old = customer().fields["city"], recall.OldForm("旧词")
    assert records.reading.told(field, old, records.reading.Access.MASK, {}) == "•••"
    assert records.reading.told(field, old, records.reading.Access.HIDE, {}) == ""


def test_what_the_type_wrote_is_its_value_again(app):
    fields = customer().fields
    for key, value in {"name": "甲", "kind": "personal", "annual_spend": "12.5", "tags": ["决策人"]}.items():
        kept = fields[key].type.dump(fields[key].type.parse(value))
        assert recall.value(fields[key], kept) == fields[key].type.parse(value), key
    assert recall.value(fields["name"], None) is None
    others = {"name": 7, "annual_spend": "词", "owner": "词", "created_at": "词", "tags": "词", "created_by": 1.5}
    for key, kept in others.items():
        assert recall.value(fields[key], kept) == recall.OldForm(kept), key


def test_an_undone_batch_follows_a_field_that_is_called_otherwise(coded):
    with transaction():
        save_many("customer", [{"id": coded.id, "code": "第三", "city": "上海"}], by=SYSTEM, cause={"import": 7})
        since = records.fetch("customer", coded.id, SYSTEM)["created_at"]
    publish(with_field(shipped(), "mark: {type: text, label: 编码, was: code}"))
    compiled.forget()
    cause = reversal.Cause("import", 7, since)
    assert reversal.take_back("customer", [coded.id], cause, by=SYSTEM).restored == [coded.id]
    db.session.expire_all()
    found = records.fetch("customer", coded.id, SYSTEM)
    assert (found["mark"], found["city"]) == ("新词", None)


def test_an_undone_batch_leaves_a_value_of_another_type_alone(coded):
    with transaction():
        save_many("customer", [{"id": coded.id, "code": "3", "city": "上海"}], by=SYSTEM, cause={"import": 7})
        since = records.fetch("customer", coded.id, SYSTEM)["created_at"]
    typed("{type: integer, label: 编码}")
    reversal.take_back("customer", [coded.id], reversal.Cause("import", 7, since), by=SYSTEM)
    found = records.fetch("customer", coded.id, SYSTEM)
    assert (found["code"], found["city"]) == (3, None)
