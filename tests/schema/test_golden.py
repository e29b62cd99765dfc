"""Examples written in documents: tried at every check, and a failing one publishes nothing."""

import pytest

from portal import schema
from portal.schema import releases
from portal.schema.check import check
from tests.schema.docs import publish, shipped, with_field

TIER = "tiers/customer_tier.yml"
LAXER = ("- repurchase_rate: {gte: 30%}", "- repurchase_rate: {gte: 8%}")


def with_laxer_tier() -> dict[str, str]:
    documents = shipped()
    return {**documents, TIER: documents[TIER].replace(*LAXER)}


def test_the_table_of_the_trade_is_kept_by_tests():
    assert len(check(shipped()).catalog.tiers["customer_tier"].tests) >= 7


def test_a_moved_threshold_is_told_in_the_line_of_the_test_it_breaks():
    documents = with_laxer_tier()
    line = next(at for at, text in enumerate(documents[TIER].splitlines(), 1) if "expect: key, why" in text)
    told = check(documents).errors
    assert [(problem.file, problem.line, problem.path) for problem in told] == [(TIER, line, "tests[4].expect")]
    assert "expects key, the rule says vip" in str(told[0].message)


def test_a_failing_test_blocks_a_publish(app):
    with pytest.raises(schema.SchemaError, match=r"tests\[4\].expect"):
        publish(with_laxer_tier())
    assert releases.current_number() == 1


def test_a_document_that_is_wrong_is_not_tried():
    documents = with_laxer_tier()
    documents[TIER] = documents[TIER].replace("repurchase_rate: {gte: 8%}", "repurchase_rat: {gte: 8%}")
    assert [problem.path for problem in check(documents).errors] == ["levels.vip.when.all[2].repurchase_rat"]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("metrics/annual_spend.yml", "expect: false", "expect: true"),
        ("workflows/key_customer_silence.yml", "today - 29 days", "today - 39 days"),
        ("tags/behaviour.yml", "order_count: 1}", "order_count: 2}"),
    ],
)
def test_metrics_workflows_and_tags_are_tried_too(path, old, new):
    documents = shipped()
    assert old in documents[path]
    told = check({**documents, path: documents[path].replace(old, new)}).errors
    assert [problem.file for problem in told] == [path]
    assert told[0].path.endswith(".expect")


def test_a_given_value_is_a_single_one():
    documents, path = shipped(), "quality/customer.yml"
    assert "given: {name: 李明, " in documents[path]
    wrong = documents[path].replace("given: {name: 李明, ", "given: {name: {a: 1}, ")
    told = check({**documents, path: wrong}).errors
    assert [(problem.path, str(problem.message)) for problem in told] == [
        ("tests[3].given.name", "must be a single value")
    ]


FORMULA = "net: {type: formula, label: 净额, formula: amount - rebate, result: money}"
REBATE = "rebate: {type: money, label: 折让}"
EXAMPLES = """
tests:
  - {given: {amount: 120, rebate: 20}, expect: {net: 100}}
  - {given: {amount: 120.5}, expect: {net: null}}
"""


def with_formula(examples: str = EXAMPLES) -> dict[str, str]:
    documents = with_field(with_field(shipped(), FORMULA, "entities/order.yml"), REBATE, "entities/order.yml")
    return {**documents, "entities/order.yml": documents["entities/order.yml"] + examples}


def test_formulas_are_tried_too():
    assert not check(with_formula()).errors
    (told,) = check(with_formula(EXAMPLES.replace("net: 100", "net: 90"))).errors
    assert told.path == "tests[1].expect.net" and "expects 90, the rule says 100.00" in str(told.message)
    (told,) = check(with_formula(EXAMPLES.replace("{net: null}", "{nett: null}"))).errors
    assert told.path == "tests[2].expect.nett" and "net" in str(told.hint)


FLOW = """workflow: thanks
label: Thanks
on: customer
trigger: {daily: "09:00"}
when: {status: active}
steps:
  - task: {title: Thank}
  - branch: {when: {tier: vip}, then: [{notify: {to: manager, text: VIP}}], else: [{wait: {for: 3 days}}]}
tests:
  - {given: {status: active, tier: vip}, expect: {starts: true, steps: [task, notify]}}
  - {given: {status: active, tier: key}, expect: {steps: [task, wait]}}
  - {given: {status: lost}, expect: {starts: false, steps: []}}
  - {given: {status: lost}, expect: false}
"""
SCORE = """scoring: heat
label: Heat
on: customer
field: heat
band: heat_band
points: [{points: 60, when: {employees: {gte: 100}}}, {points: -10, when: {status: lost}}]
bands: {hot: {label: Hot, at_least: 60}, cold: {label: Cold, otherwise: true}}
tests:
  - {given: {employees: 100}, expect: 60}
  - {given: {employees: 100}, expect: {points: 60, band: hot}}
  - {given: {employees: 100, status: lost}, expect: {band: cold}}
  - {given: {status: lost}, expect: 0}
"""
SHARE = """assignment: desk
label: Desk
on: customer
rules:
  - {when: {city: 上海}, to: seller, team: east}
  - {when: {employees: {gte: 1000}}, to: manager}
otherwise: pool
pool: {roles: [seller], columns: [name]}
tests:
  - {given: {city: 上海}, expect: seller}
  - {given: {city: 上海, employees: 5000}, expect: {to: seller, team: east}}
  - {given: {employees: 5000}, expect: manager}
  - {given: {city: 北京}, expect: pool}
  - {given: {city: 上海, owner: 7}, expect: null}
"""


@pytest.mark.parametrize(
    ("path", "text", "old", "new", "told"),
    [
        ("workflows/thanks.yml", FLOW, "[task, wait]", "[task, notify]", "[notify, task], the rule says [task, wait]"),
        ("workflows/thanks.yml", FLOW, "{starts: false, ", "{starts: true, ", "expects true, the rule says false"),
        ("scoring/heat.yml", SCORE, "expect: 60", "expect: 70", "expects 70, the rule says 60"),
        ("scoring/heat.yml", SCORE, "{band: cold}", "{band: hot}", "expects hot, the rule says cold"),
        ("scoring/heat.yml", SCORE, "{band: cold}", "{bond: cold}", 'unknown field "bond"'),
        ("assignment/desk.yml", SHARE, "expect: manager", "expect: pool", "expects pool, the rule says manager"),
        ("assignment/desk.yml", SHARE, "team: east}}", "team: west}}", "expects west, the rule says east"),
        ("assignment/desk.yml", SHARE, "expect: null", "expect: seller", "expects seller, the rule says null"),
    ],
)
def test_steps_points_bands_and_shares_are_tried(path, text, old, new, told):
    assert not check({**shipped(), path: text}).errors
    assert old in text
    head, _, tail = text.rpartition(old) if "tests" in text.partition(old)[0] else text.partition(old)
    (problem,) = check({**shipped(), path: head + new + tail}).errors
    assert problem.file == path and told in str(problem)
