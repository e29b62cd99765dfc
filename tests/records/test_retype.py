"""Another type is another column, filled from the old one; what would not convert is kept and can be listed."""

import pytest

from portal import records
from portal.extensions import transaction
from portal.records import ranks, retype, tables
from portal.schema import compiled, releases
from portal.security import SYSTEM
from portal.security.models import PersonRole
from tests.schema.docs import customer, publish, shipped, with_field

TEXT, NUMBER = "code: {type: text, label: 编码}", "code: {type: integer, label: 编码}"


@pytest.fixture
def coded(app, make):
    """Customers with 007, 12 and a word in a field of text."""
    publish(with_field(shipped(), TEXT))
    compiled.forget()
    return [make("customer", name=f"甲{code}", code=code) for code in ("007", "12", "无")]


def codes(found):
    return [records.fetch("customer", record.id, SYSTEM, "view")["code"] for record in found]


def retyped(line: str) -> None:
    publish(with_field(shipped(), line))
    compiled.forget()


def test_what_converts_is_converted_and_the_rest_is_listed(coded):
    before = customer().fields["code"]
    retyped(NUMBER)
    assert codes(coded) == [7, 12, None]
    table = tables.table_of("customer")
    assert list(retype.unconverted(customer().fields["code"], before, table)) == [(coded[2].id, "无")]


def test_the_way_back_keeps_what_was_written(coded):
    retyped(NUMBER)
    retyped(TEXT)
    assert codes(coded) == ["007", "12", "无"]
    retyped(NUMBER)
    releases.rollback(2, by=SYSTEM)
    compiled.forget()
    assert codes(coded) == ["007", "12", "无"]


def test_what_was_written_in_between_comes_along(coded):
    retyped(NUMBER)
    with transaction():
        record = records.fetch("customer", coded[0].id, SYSTEM, "edit")
        records.save(record, {"code": "8"}, by=SYSTEM)
    retyped(TEXT)
    assert codes(coded) == ["8", "12", "无"]


def test_the_release_offers_what_did_not_convert(coded, as_, people):
    retyped(NUMBER)
    admin = as_(people.admin)
    page = admin.get("/studio/releases/3").text
    assert "/studio/releases/3/unconverted/customer/code.csv" in page
    file = admin.get("/studio/releases/3/unconverted/customer/code.csv")
    assert file.get_data(as_text=True).split() == ["\ufeffid,code", f"{coded[2].id},无"]
    assert admin.get("/studio/releases/2/unconverted/customer/code.csv").status_code == 404
    assert admin.get("/studio/releases/3/unconverted/customer/name.csv").status_code == 404


def test_the_offer_asks_for_the_rights_of_today(coded, as_, people):
    """A right may ask for a field that the release of the list does not know yet."""
    retyped(NUMBER)
    role = "role: designer\nlabel: 设计\nmay: [studio.edit]\nentities:\n"
    role += "  customer: {view: all, export: all, when: {grade: A}}\n"
    known = with_field(with_field(shipped(), NUMBER), "grade: {type: text, label: 级}")
    publish({**known, "roles/designer.yml": role})
    people.mary.roles = [PersonRole(role_key="designer")]
    mary = as_(people.mary)
    address = "/studio/releases/3/unconverted/customer/code.csv"
    assert mary.get(address).get_data(as_text=True).split() == ["\ufeffid,code"]
    with transaction():
        records.save(records.fetch("customer", coded[2].id, SYSTEM, "edit"), {"grade": "A"}, by=SYSTEM)
    assert mary.get(address).get_data(as_text=True).split() == ["\ufeffid,code", f"{coded[2].id},无"]


@pytest.fixture
def circling(app, make):
    """Four customers whose text of numbers names: A and B each other, C A, D itself."""
    publish(with_field(shipped(), TEXT))
    compiled.forget()
    found = [make("customer", name=name) for name in "甲乙丙丁"]
    with transaction():
        for record, at in zip(found, (1, 0, 0, 3), strict=True):
            records.save(record, {"code": str(found[at].id)}, by=SYSTEM)
    return found


def test_values_that_point_in_a_ring_do_not_convert(circling):
    before, (one, other, _third, alone) = customer().fields["code"], [record.id for record in circling]
    retyped("code: {type: reference, to: customer, label: 编码}")
    assert codes(circling) == [None, None, one, None]
    table, after = tables.table_of("customer"), customer().fields["code"]
    listed = [(one, str(other)), (other, str(one)), (alone, str(alone))]
    assert list(retype.unconverted(after, before, table)) == listed, "kept, and can be taken as a file"
    with transaction():
        record = records.fetch("customer", one, SYSTEM, "edit")
        records.save(record, {"code": other}, by=SYSTEM)
    retyped(TEXT)
    assert codes(circling) == [str(at) for at in (other, one, one, alone)]


def test_a_number_of_nothing_does_not_become_a_reference(coded):
    with transaction():
        for record, code in zip(coded, ("999999", str(coded[0].id), "甲007"), strict=True):
            held = records.fetch("customer", record.id, SYSTEM, "edit")
            records.save(held, {"code": code}, by=SYSTEM)
    before = customer().fields["code"]
    retyped("code: {type: reference, to: customer, label: 编码}")
    assert codes(coded) == [None, coded[0].id, coded[0].id]
    table = tables.table_of("customer")
    assert list(retype.unconverted(customer().fields["code"], before, table)) == [(coded[0].id, "999999")]
    retyped("code: {type: references, to: customer, label: 编码}")
    assert codes(coded)[1:] == [(coded[0].id,), (coded[0].id,)]


def test_a_chain_that_would_be_too_deep_is_parted():
    chain = {at: at - 1 for at in range(1, 70)}
    assert ranks.misfits(chain) == {31, 62}
    assert ranks.misfits({1: 2, 2: 3, 3: 2, 4: 4, 5: 9}) == {2, 3, 4}
