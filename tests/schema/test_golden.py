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
