"""Warnings: what is allowed and probably not meant; `worlds/broken/careless` shows each in its line."""

import pytest

from portal.schema import lint
from portal.schema.check import check
from tests.schema.docs import publish, shipped, with_field

BACK = """\
workflow: back
label: 回
on: customer
trigger: {event: changed, fields: [status]}
%s
steps:
  - set: {status: active}
"""


def warnings(documents: dict[str, str]) -> list[str]:
    return [problem.path for problem in check(documents).problems if problem.severity == "warning"]


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("", ["trigger"]),
        ("again_after: 1 day", []),
        ("active: false", []),
        ("when: {status: lost}", []),
        ("when: {status: [lost, active]}", ["trigger"]),
    ],
)
def test_a_workflow_that_starts_itself_is_told_unless_something_ends_it(rest, told):
    assert warnings({**shipped(), "workflows/back.yml": BACK % rest}) == told


def test_parents_in_a_ring_are_told_at_each_of_them(app):
    documents, path = shipped(), "entities/customer.yml"
    above = "main_contact: {type: reference, to: contact, label: 主要联系人}"
    documents[path] = with_field(documents, above)[path].replace(
        "title: name\n", "title: name\nparent: main_contact\n", 1
    )
    assert set(warnings(documents)) == {"parent"} and len(warnings(documents)) == 2
    documents[path] = documents[path].replace("parent: main_contact", "parent: parent_company")
    assert warnings(documents) == []


def test_a_warning_does_not_forbid_to_publish(app):
    assert publish({**shipped(), "workflows/back.yml": BACK % ""}).number == 2


def test_errors_come_alone():
    documents = {**shipped(), "workflows/back.yml": BACK % "when: {statu: lost}"}
    assert [problem.severity for problem in check(documents).problems] == ["error"]


def test_what_no_document_names_is_listed():
    documents = shipped()
    mail = BACK.replace("set: {status: active}", "mail: {message: win_back}") % ""
    before = lint.unused(check(documents).catalog)
    after = lint.unused(check({**documents, "workflows/back.yml": mail}).catalog)
    assert set(before) - set(after) == {("messages", "win_back")}
    assert ("segments", "vip_customers") in after
    assert ("tags", "价格敏感") in after


def test_large_tables_are_left_alone():
    levels = "".join(
        f"  l{n}: {{label: x, when: {{annual_spend: {{lt: {n}}}, order_count: {{lt: {n}}}}}}}\n"
        for n in range(40, 1, -1)
    )
    tier = f"tier: big\nlabel: 大\non: customer\nfield: big\nlevels:\n{levels}  rest: {{label: y, otherwise: true}}\n"
    assert warnings({**shipped(), "tiers/big.yml": tier}) == []


def test_fields_that_nobody_will_ever_see_are_told():
    ring = with_field(shipped(), "za: {type: text, label: a, visible_when: {zb: {filled: true}}}")
    ring = with_field(ring, "zb: {type: text, label: b, visible_when: {all: [{zc: {eq: x}}, {status: lost}]}}")
    ring = with_field(ring, "zc: {type: text, label: c, visible_when: {za: {filled: true}}}")
    (told,) = [problem for problem in check(ring).problems if problem.severity == "warning"]
    assert told.path == "fields.zc.visible_when" and "zc → za → zb → zc" in str(told)
    for ended in ("{any: [{zb: {filled: true}}, {status: lost}]}", "{zb: {empty: true}}"):
        text = ring["entities/customer.yml"].replace("{zb: {filled: true}}", ended)
        assert warnings({**ring, "entities/customer.yml": text}) == []
    never = "zd: {type: text, label: d, required_when: {all: [{status: lost}, {status: active}]}}"
    assert warnings(with_field(shipped(), never)) == ["fields.zd.required_when"]
