"""The rows of the condition builder become what a document says."""

import pytest
from werkzeug.datastructures import MultiDict

from portal import schema
from portal.forms import Builder
from portal.forms.lines import Group
from portal.schema import conditions
from portal.security import SYSTEM
from tests.forms.sent import sent_lines


def built(*sent: tuple[str, str]) -> dict:
    return Builder.sent(MultiDict(sent), schema.current().entities["customer"], SYSTEM, "d/when/").node()


def row(field: str, operator: str, value: str, *more: tuple[str, str]) -> dict:
    given = [("row", "0"), ("field-0", field), ("operator-0", operator), ("value-0", value), *more]
    (test,) = built(*((f"d/when/{name}", text) for name, text in given))["all"]
    return test


@pytest.mark.parametrize(
    ("field", "operator", "typed", "written"),
    [
        ("annual_spend", "gte", "80,000.00", 80000),
        ("annual_spend", "gte", "0.5", 0.5),
        ("repurchase_rate", "gte", "30", "30%"),
        ("status", "in", "合作中", ["active"]),
        ("annual_spend", "gte", "many", "many"),  # cannot be read: the check complains of what was typed
    ],
)
def test_a_value_is_written_as_people_write_it(app, field, operator, typed, written):
    assert row(field, operator, typed) == {field: {operator: written}}


def test_the_unit_of_a_row_is_its_own(app):
    assert row("last_follow_up_on", "older_than", "2", ("unit-0", "weeks")) == {
        "last_follow_up_on": {"older_than": "2 weeks"}
    }


NESTED = {
    "all": [
        {"status": {"in": ["active"]}},
        {
            "any": [
                {"annual_spend": {"gte": 80000}},
                {"not": {"any": [{"city": {"eq": "深圳"}}, {"name": {"empty": True}}]}},
            ]
        },
    ]
}


def again(builder: Builder, *more: tuple[str, str]) -> Builder:
    """The builder after its page was sent back, with a button pressed."""
    return Builder.sent(MultiDict([*sent_lines(builder), *more]), builder.entity, SYSTEM)


def builder_of(node) -> Builder | None:
    customer = schema.current().entities["customer"]
    return Builder.of(conditions.parse(node, customer), customer, SYSTEM)


def test_groups_stand_in_groups_and_come_back_as_they_were(app):
    builder = builder_of(NESTED)
    assert builder is not None
    assert builder.group.depth == 3
    assert builder.node() == again(builder).node() == NESTED


def test_lines_and_groups_are_added_and_removed_where_the_button_stands(app):
    builder = builder_of(NESTED)
    assert len(again(builder, ("add-1", "1")).group.lines[1].lines) == 3
    nested = again(builder, ("nest-1.1", "1")).group.lines[1].lines[1].lines[2]
    assert isinstance(nested, Group)
    assert again(builder, ("remove", "1.0")).node()["all"][1] == {"any": [NESTED["all"][1]["any"][1]]}
    assert again(builder, ("remove", "1")).node() == {"all": NESTED["all"][:1]}


def test_no_screen_goes_deeper_than_four_groups(app):
    deep = {"name": {"empty": True}}
    for join in ("any", "all", "any", "all"):
        deep = {join: [deep, {"city": {"eq": "深圳"}}]}
    assert builder_of(deep).group.depth == 4
    assert builder_of({"any": [deep, {"city": {"eq": "上海"}}]}) is None
    deepest = again(builder_of(deep), ("nest-0.0.0", "1"))
    assert deepest.group.depth == 4


@pytest.mark.parametrize("node", [{"not": {"always": True}}, {"any": [{"always": True}, {"name": {"empty": True}}]}])
def test_what_no_line_says_stays_yaml(app, node):
    assert builder_of(node) is None


def test_two_tests_of_one_field_are_two_lines(app):
    builder = builder_of([{"annual_spend": {"gte": 1, "lt": 5}}, {"not": {"city": {"eq": "深圳"}}}])
    assert builder.node() == {
        "all": [
            {"annual_spend": {"gte": 1}},
            {"annual_spend": {"lt": 5}},
            {"not": {"any": [{"city": {"eq": "深圳"}}]}},
        ]
    }
