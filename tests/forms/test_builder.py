"""The rows of the condition builder become what a document says."""

import pytest
from werkzeug.datastructures import MultiDict

from portal import schema
from portal.forms import Builder
from portal.security import SYSTEM


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
