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


NEVER = [
    ("segments/no.yml", "segment: no\nlabel: x\non: customer\nwhen: %s\n", "when"),
    ("tags/no.yml", "tags: no\nlabel: x\non: customer\nvalues:\n  a: {when: %s}\n", "values.a.when"),
    (
        "assignment/new_customers.yml",
        "assignment: new_customers\nlabel: x\non: customer\nrules:\n  - {to: seller, when: %s}\n",
        "rules[1].when",
    ),
    (
        "scoring/no.yml",
        "scoring: no\nlabel: x\non: customer\nfield: no\nband: no_band\npoints: [{points: 1, when: %s}]\n"
        "bands: {a: {label: a, otherwise: true}}\n",
        "points[1].when",
    ),
    (
        "quality/customer.yml",
        "quality: customer\nlabel: x\non: customer\nscore: data_quality\nissues: data_issues\n"
        "validity:\n  bad: {label: b, when: %s}\n",
        "validity.bad.when",
    ),
    (
        "workflows/no.yml",
        "workflow: no\nlabel: x\non: customer\ntrigger: {event: created}\nsteps:\n"
        "  - approval: {title: t, levels: [{to: manager}], else: [{branch: {when: %s, then: []}}]}\n",
        "steps[1].approval.else[1].branch.when",
    ),
    (
        "roles/no.yml",
        "role: no\nlabel: x\nentities:\n  customer: {view: all, when: %s}\n",
        "entities.customer.when",
    ),
    (
        "reports/no.yml",
        "report: no\nlabel: x\nsections:\n"
        "  - {kind: figures, figures: [{label: l, entity: customer, value: {count: true}, when: %s}]}\n",
        "sections[1].figures[1].when",
    ),
]


def test_a_condition_that_excludes_itself_is_told_wherever_it_stands():
    condition = "{all: [{status: lost}, {status: active}]}"
    found = check({**shipped(), **{path: text % condition for path, text, _place in NEVER}}).problems
    assert {(problem.file, problem.path) for problem in found} == {(path, place) for path, _text, place in NEVER}
    assert all("no record can meet this condition" in str(problem) for problem in found)
    assert {problem.severity for problem in found} == {"warning"}


CONDITIONS = {  # and whether no record can meet it
    "{last_order_on: {older_than: 30 days}}": False,
    "{all: [{last_order_on: {older_than: 30 days}}, {last_order_on: {newer_than: 10 days}}]}": True,
    "{all: [{last_order_on: {older_than: 10 days}}, {last_order_on: {newer_than: 30 days}}]}": False,
    "{created_at: {between: [2026-05-01, 2026-04-01]}}": True,
    "{created_at: {after: 2026-04-01, before: 2026-05-01}}": False,
    "{all: [{name: 甲}, {name: 乙}]}": True,
    "{all: [{name: {contains: 甲}}, {name: {contains: 乙}}]}": False,
    "{all: [{name: {contains: 甲}}, {not: {name: {contains: 甲}}}]}": True,
    "{all: [{phone: {empty: true}}, {phone: {filled: true}}]}": True,
    "{all: [{tags: {has_all: [决策人, 价格敏感]}}, {tags: {has_none: [决策人]}}]}": True,
    "{tags: {has_all: [决策人, 价格敏感, 近期活跃, 沉睡风险, 展会客户, 老客户]}}": False,
    "{any: [{all: [{status: lost}, {status: active}]}, {annual_spend: {gt: 5}}]}": False,
    "{all: [{annual_spend: {gt: 5}}, {annual_spend: {lt: 5}}]}": True,
    "{owner: {is_me: true}}": False,
}


def test_what_can_never_be_met_is_told_of_every_type():
    text = "segment: no%s\nlabel: x\non: customer\nwhen: %s\n"
    more = {f"segments/no{at}.yml": text % (at, condition) for at, condition in enumerate(CONDITIONS)}
    found = check({**shipped(), **more}).problems
    never = {problem.file for problem in found if "no record can meet" in str(problem)}
    assert never == {f"segments/no{at}.yml" for at, told in enumerate(CONDITIONS.values()) if told}
    assert all(problem.severity == "warning" for problem in found)


def test_options_and_words_that_are_no_longer_there_are_told():
    documents = shipped()
    path = "entities/customer.yml"
    documents[path] = documents[path].replace("lost: {zh: 流失", "lost: {archived: true, zh: 流失")
    text = "segment: no\nlabel: x\non: customer\nwhen: %s\n"
    told = [str(problem) for problem in check({**documents, "segments/no.yml": text % "{status: lost}"}).problems]
    assert any("segments/no.yml:4 when: only records with an archived option" in one for one in told)
    both = check({**documents, "segments/no.yml": text % "{status: [lost, active]}"}).problems
    assert not [problem for problem in both if problem.file == "segments/no.yml"]
    (word,) = check({**shipped(), "segments/no.yml": text % "{tags: {has: 决策者}}"}).problems
    assert (word.severity, word.line) == ("warning", 4) and "决策者" in str(word) and "决策人" in str(word)


def test_a_rule_of_assignment_behind_one_that_takes_all_is_told():
    rules = (
        "[{to: seller, when: {annual_spend: {gte: %s}}}, {to: manager, when: {annual_spend: {gte: 50}}}, {to: seller}]"
    )
    text = f"assignment: new_customers\nlabel: x\non: customer\nrules: {rules}\n"
    path = "assignment/new_customers.yml"
    assert warnings({**shipped(), path: text % 10}) == ["rules[2]"]
    assert warnings({**shipped(), path: text % 90}) == []
    assert warnings({**shipped(), path: text.replace("when: {annual_spend: {gte: %s}}", "team: t")}) == [
        "rules[2]",
        "rules[3]",
    ]
