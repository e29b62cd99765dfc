"""Industry packs: each fits what ships, adds and never takes away, and is really different from the others."""

import pytest

from portal import schema
from portal.errors import NotFound
from portal.schema import packs
from portal.schema.check import check
from portal.schema.source import read
from tests.schema.docs import publish, shipped

ALL = ["finance", "healthcare", "manufacturing", "retail", "telecom"]


def test_five_trades_ship():
    assert packs.names() == ALL
    with pytest.raises(NotFound):
        packs.pack("../config_schemas")


@pytest.mark.parametrize("key", ALL)
def test_a_pack_fits_what_ships_without_a_word_of_complaint(key):
    result = check(packs.apply(shipped(), packs.pack(key)))
    assert [str(problem) for problem in result.problems] == []
    own = packs.pack(key).documents
    kinds = {path.partition("/")[0] for path in own}
    assert {"entities", "metrics", "tiers", "workflows", "tags", "segments", "reports"} <= kinds
    assert any(noun.tests for path, noun in _rules(result.catalog) if path in own)


def _rules(catalog):
    for kind in ("tiers", "workflows", "metrics", "tags"):
        yield from ((f"{kind}/{key}.yml", noun) for key, noun in catalog.kind(kind).items())


def holds(more, less) -> bool:
    if isinstance(less, dict):
        return isinstance(more, dict) and all(key in more and holds(more[key], value) for key, value in less.items())
    return all(item in more for item in less) if isinstance(less, list) else more == less


@pytest.mark.parametrize("key", ALL)
def test_a_pack_only_adds_and_keeps_comments(key):
    before = shipped()
    after = packs.apply(before, packs.pack(key))
    for path, text in before.items():
        assert holds(read(path, after[path]).tree, read(path, text).tree), path
        comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
        assert [line for line in after[path].splitlines() if line in comments] == comments
    assert packs.apply(after, packs.pack(key)) == after


def test_the_packs_differ():
    brought = [set(packs.pack(key).documents) for key in ALL]
    assert all(not one & other for one in brought for other in brought if one is not other)


def test_all_packs_stand_side_by_side():
    documents = shipped()
    for key in ALL:
        documents = packs.apply(documents, packs.pack(key))
    assert [str(problem) for problem in check(documents).errors] == []


def test_what_a_pack_brings_is_told_with_what_is_there():
    retail = packs.pack("retail")
    assert not any(part.there for part in packs.parts(shipped(), retail))
    told = packs.parts(packs.apply(shipped(), retail), retail)
    assert all(part.there for part in told)
    assert {("entities/customer.yml", "fields.birthday"), ("tiers/member_level.yml", "")} <= {
        (part.file, part.place) for part in told
    }


def test_a_pack_is_published_and_used(app, make):
    publish(packs.apply(shipped(), packs.pack("retail")))
    make("customer", name="会员", member_number="M1", favourite="food")
    assert schema.current().entities["customer"].fields["member_level"].computed
    assert make("store_visit", store="人民路店", customer=1, visited_on="2026-03-01").id
