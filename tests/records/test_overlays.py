"""Records by the words of the office that keeps them, rights by those of the person's office."""

import pytest

from portal import foresight, records, schema
from portal.errors import Forbidden, Invalid
from portal.extensions import db, transaction
from portal.schema import compiled, releases
from portal.security import SYSTEM, Office, offices, policy
from tests.schema.docs import publish, shipped

CUSTOMER = "offices/shanghai/entities/customer.yml"
SELLER = "offices/shanghai/roles/seller.yml"
OVERLAY = """fields:
  industry: {required: true, options: {marine: {zh: 海工, en: Marine}}}
  employees: {max: 100}
  bund: {type: text, label: {zh: 外滩编号, en: Bund number}, filterable: true, max_length: 20}
"""
RIGHTS = "entities: {customer: {export: none}}\nfields: {customer.phone: mask}\n"


@pytest.fixture
def laid_over(app, people):
    """Shanghai has an overlay, Chengdu none."""
    publish({**shipped(), CUSTOMER: OVERLAY, SELLER: RIGHTS})
    db.session.commit()
    return people


def save(record, values, by):
    """Save in a transaction of its own."""
    with transaction():
        return records.save(record, values, by=by)


def new(by, **values):
    """A customer of somebody."""
    with offices.looking_from(by.office_id):
        return save(records.new("customer", by), {"name": "客户", **values}, by)


def test_a_record_keeps_to_its_own_office(laid_over):
    people = laid_over
    with pytest.raises(Invalid) as refused:
        new(people.alice, employees=500)
    assert set(refused.value.problems) == {"industry", "employees"}
    own = new(people.alice, industry="marine", bund="B7", employees=80)
    assert own.entity.fields["industry"].required
    other = new(people.charlie, employees=500)
    assert other.values.get("industry") is None
    with pytest.raises(Invalid) as refused:
        new(people.charlie, industry="marine", bund="B8")
    assert set(refused.value.problems) == {"industry", "bund"}


def test_head_office_sees_and_keeps_what_an_office_adds(laid_over):
    people = laid_over
    own = new(people.alice, industry="marine", bund="B7")
    seen = records.fetch("customer", own.id, SYSTEM)
    assert (seen.text("bund"), seen.text("industry")) == ("B7", "海工")
    with pytest.raises(Invalid):
        save(seen, {"industry": None}, people.admin)
    page = records.search("customer", people.admin, columns=["name", "industry"])
    assert [record.text("industry") for record in page.records] == ["海工"]
    other = records.fetch("customer", new(people.charlie).id, SYSTEM)
    assert "bund" not in other.visible() and other.text("bund") == ""
    with pytest.raises(Invalid):
        save(other, {"bund": "C1"}, people.admin)


def test_a_list_of_the_office_has_its_fields(laid_over):
    people = laid_over
    new(people.alice, industry="it", bund="B7")
    new(people.alice, industry="it", bund="B9")
    with offices.looking_from(people.alice.office_id):
        asked = schema.conditions.parse({"bund": "B7"}, schema.current().entities["customer"])
        page = records.search("customer", people.alice, condition=asked, columns=["bund"])
        assert [record.text("bund") for record in page.records] == ["B7"]
    assert "bund" not in schema.current().entities["customer"].fields


def test_many_at_once_are_asked_by_their_owners_offices(laid_over):
    people = laid_over
    rows = [
        {"name": "甲", "owner": people.alice.id, "employees": 500, "industry": "it"},
        {"name": "乙", "owner": people.charlie.id, "employees": 500},
        {"name": "丙", "owner": people.alice.id, "bund": "B1", "industry": "marine"},
    ]
    saved = records.bulk.save_many("customer", rows, by=SYSTEM)
    assert {at: set(problems) for at, problems in saved.problems.items()} == {0: {"employees"}}
    again = [{"id": saved.ids[1], "bund": "C1"}, {"id": saved.ids[2], "bund": "B2"}]
    saved = records.bulk.save_many("customer", again, by=SYSTEM)
    assert set(saved.problems) == {0} and records.fetch("customer", saved.ids[1], SYSTEM).text("bund") == "B2"


def test_rights_are_those_of_ones_own_office(laid_over):
    people = laid_over
    field = schema.current().entities["customer"].fields["phone"]
    assert policy.access(people.alice, field) == policy.Access.MASK
    assert policy.access(people.charlie, field) == policy.Access.WRITE
    assert not policy.can(people.alice, "export", "customer")
    assert policy.can(people.charlie, "export", "customer")
    own = new(people.alice, industry="it")
    with pytest.raises(Forbidden):
        records.fetch("customer", own.id, people.alice, "export")


def test_offices_below_inherit_and_a_rollback_takes_it_back(laid_over):
    people = laid_over
    above = db.session.scalars(db.select(Office).where(Office.key == "shanghai")).one()
    with transaction():
        pudong = Office(key="pudong", name="浦东", parent_id=above.id)
        db.session.add(pudong)
    people.charlie.office_id = pudong.id
    db.session.flush()
    from flask import g

    g.pop("offices", None)
    own = new(people.charlie, industry="marine", bund="P1")
    assert own.text("bund") == "P1"
    with transaction():
        releases.rollback(1, by=SYSTEM)
    assert not records.fetch("customer", own.id, SYSTEM).visible().get("bund")
    with transaction():
        releases.rollback(2, by=SYSTEM)
    assert records.fetch("customer", own.id, SYSTEM).text("bund") == "P1"


def test_catalogues_are_compiled_once_and_shared(laid_over):
    people = laid_over
    one = offices.catalog_of(people.alice.office_id)
    assert one is offices.catalog_of(people.bob.office_id)
    assert offices.catalog_of(people.charlie.office_id) is compiled.base()
    assert one.columns == compiled.base().columns


def test_a_draft_tells_what_an_overlay_would_do(laid_over):
    people = laid_over
    new(people.alice, industry="it")
    new(people.charlie)
    further = OVERLAY.replace("fields:\n", "fields:\n  city: {required: true}\n").replace("max: 100", "max: 9")
    documents = {**shipped(), CUSTOMER: further, SELLER: RIGHTS + "may: [import]\n"}
    _result, plan = releases.preview(documents)
    found = {
        (test.after.key, test.rule, test.office): foresight.breaks.look(test) for test in foresight.breaks.tests(plan)
    }
    assert found["city", "required", "shanghai"].number == 1
    assert {office for _key, _rule, office in found} == {"shanghai"}
    lost = {(one.office, one.what) for one in foresight.rights(plan.old, plan.new, plan.offices)}
    assert lost == {("shanghai", "export"), ("shanghai", "reports.run"), ("shanghai", "coupons.work")}
