"""Where a field is used, and its rename in all documents with comments kept."""

import pytest

from portal import schema
from portal.errors import Invalid
from portal.schema import usage
from portal.schema.check import check
from tests.schema.docs import CUSTOMER, publish, shipped, with_field


def files(entity: str, key: str) -> set[str]:
    return {use.file for use in usage.uses(shipped(), entity, key)}


def test_a_field_is_found_in_every_kind_of_document():
    assert {CUSTOMER, "workflows/key_customer_silence.yml", "segments/east_manufacturers.yml"} & files(
        "customer", "status"
    )
    assert "roles/seller.yml" in files("customer", "credit_rating")
    assert "metrics/annual_spend.yml" in files("order", "amount")
    assert any(file.startswith("messages/") for file in files("customer", "name"))


@pytest.mark.parametrize(
    ("key", "file"),
    [
        ("annual_spend", "tiers/customer_tier.yml"),
        ("annual_spend", "entities/customer.yml"),
        ("tier", "workflows/key_customer_silence.yml"),
        ("tier", "segments/vip_customers.yml"),
        ("last_order_on", "tags/behaviour.yml"),
    ],
)
def test_a_field_that_is_worked_out_is_found_too(key, file):
    assert file in files("customer", key)
    assert f"metrics/{key}.yml" not in files("customer", key), "there it comes from"


@pytest.mark.parametrize(
    ("entity", "key", "places"),
    [
        ("customer", "owner", {"form[3].fields[1]", "list.columns[9]", "list.filters[6]", "sections[5].columns[8]"}),
        ("customer", "created_at", {"sections[2].figures[1].within", "when.created_at", "sections[1].by.week"}),
        ("customer", "updated_at", {"list.sort[1]", "layouts.seller.list.sort[1]"}),
        ("ticket", "created_at", {"timeline.at"}),
    ],
)
def test_a_field_every_record_has_is_found_in_conditions_layouts_segments_and_reports(entity, key, places):
    documents = shipped()
    documents[CUSTOMER] += "layouts:\n  seller: {list: {sort: [-updated_at]}}\n"
    documents["segments/fresh.yml"] = (
        "segment: fresh\nlabel: x\non: customer\nwhen: {created_at: {newer_than: 30 days}}\n"
    )
    chart = "{kind: chart, title: x, entity: customer, value: {count: true}, by: {week: created_at}, draw: bar}"
    documents["reports/fresh.yml"] = f"report: fresh\nlabel: x\nsections:\n  - {chart}\n"
    found = {use.path for use in usage.uses(documents, entity, key)}
    assert places <= found, found


def test_each_use_is_told_with_its_line():
    documents = shipped()
    for use in usage.uses(documents, "order", "ordered_on"):
        assert "ordered_on" in documents[use.file].splitlines()[use.line - 1]
        assert use.text and use.path


@pytest.mark.parametrize(
    ("entity", "key"),
    [("customer", "status"), ("order", "amount"), ("order", "customer"), ("customer", "name"), ("order", "number"),
     ("customer", "credit_rating"), ("follow_up", "next_step_on"), ("customer", "tags"), ("product", "name")],
)  # fmt: skip
def test_a_rename_rewrites_all_documents_and_breaks_none(entity, key):
    documents = shipped()
    if key not in check(documents).catalog.entities[entity].fields:
        pytest.skip("not in what ships")
    changed = usage.renamed(documents, entity, key, "fresh_key")
    told = [str(problem) for problem in check({**documents, **changed}).errors]
    assert [line for line in told if "unknown field" in line] == []
    for file, text in changed.items():
        comments = [line for line in documents[file].splitlines() if line.lstrip().startswith("#")]
        assert comments == [line for line in text.splitlines() if line.lstrip().startswith("#")]
        assert len(text.splitlines()) - len(documents[file].splitlines()) in (0, 1)


def test_a_renamed_field_keeps_its_data(app, make):
    record = make("customer", name="华兴", status="lost")
    physical = schema.current().entities["customer"].fields["status"].physical
    publish({**shipped(), **usage.renamed(shipped(), "customer", "status", "state")})
    field = schema.current().entities["customer"].fields["state"]
    assert (field.physical, record.id > 0) == (physical, True)


def test_what_is_worked_out_and_what_depends_is_renamed_too():
    """Formulas, roll-ups, conditions of fields and options that belong to others speak of fields as well."""
    documents = shipped()
    order, customer = documents["entities/order.yml"], documents[CUSTOMER]
    of_order = """
  net: {type: formula, label: Net, formula: "if(status = 'amount', amount, amount * 2)", result: money}
  note: {type: text, label: Note, visible_when: {amount: {gte: 1}}, required_when: {all: [{amount: {lt: 5}}]}}"""
    documents["entities/order.yml"] = order.replace("\nfields:", f"\nfields:{of_order}", 1)
    total = "\n  total: {type: rollup, label: Total, of: order, how: sum, field: amount, when: {amount: {gt: 0}}}"
    documents[CUSTOMER] = customer.replace("\nfields:", f"\nfields:{total}", 1)
    assert not check(documents).errors
    changed = usage.renamed(documents, "order", "amount", "fresh_key")
    assert not check({**documents, **changed}).errors
    text = changed["entities/order.yml"]
    assert "if(status = 'amount', fresh_key, fresh_key * 2)" in text and text.count("fresh_key: {gte: 1}") == 1
    assert "field: fresh_key, when: {fresh_key: {gt: 0}}" in changed[CUSTOMER]


def test_a_taken_key_is_refused():
    with pytest.raises(Invalid):
        usage.renamed(shipped(), "customer", "status", "name")
    with pytest.raises(Invalid):
        usage.renamed(shipped(), "customer", "nothing", "new")


EAST, SELLER = "offices/east/entities/customer.yml", "offices/east/roles/seller.yml"
LAID_OVER = """entity: customer
fields:
  city: {label: 所在城市}
  employees: {required_when: {owner: {filled: true}, city: 上海}}
  capital: {required_when: {any: [{city: 北京}, {owner: {filled: true}}]}}
  own: {type: text, label: 自有, visible_when: {all: [{owner: {filled: true}}, {city: 上海}]}}
form:
  - {section: 本机构, fields: [own, owner]}
list:
  columns: [owner, city]
  filters: [owner]
"""
OF_ROLE = """role: seller
entities:
  customer: {when: {owner: {filled: true}, city: {filled: true}}}
fields:
  customer.city: read
  customer.owner: read
"""


def overlaid() -> dict[str, str]:
    """What ships, with two overlays of an office."""
    documents = {**shipped(), EAST: LAID_OVER, SELLER: OF_ROLE}
    capital = "capital: {type: money, label: 注册资本, required_when: {status: lost}}"
    documents = with_field(documents, capital)
    assert not check(documents).errors
    return documents


@pytest.mark.parametrize(
    ("key", "places"),
    [
        ("owner", {"fields.employees.required_when.owner", "fields.own.visible_when.all[1].owner",
                   "fields.capital.required_when.any[2].owner", "form[1].fields[2]", "list.columns[1]",
                   "list.filters[1]", "entities.customer.when.owner", "fields.customer.owner"}),
        ("city", {"fields.city", "fields.employees.required_when.city", "fields.own.visible_when.all[2].city",
                  "fields.capital.required_when.any[1].city", "list.columns[2]", "entities.customer.when.city",
                  "fields.customer.city"}),
    ],
)  # fmt: skip
def test_what_offices_lay_over_is_looked_through_too(key, places):
    documents = overlaid()
    found = [use for use in usage.uses(documents, "customer", key) if use.file.startswith("offices/")]
    assert {use.path for use in found} == places
    assert all(key in documents[use.file].splitlines()[use.line - 1] for use in found)


def test_a_field_that_offices_relabel_is_renamed_in_their_documents():
    documents = overlaid()
    changed = usage.renamed(documents, "customer", "city", "town")
    assert not check({**documents, **changed}).errors
    for file, text in ((EAST, LAID_OVER), (SELLER, OF_ROLE)):
        assert changed[file] == text.replace("city", "town")
