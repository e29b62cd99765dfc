"""The form of a new field asks for what each type wants, and writes it into the draft."""

import pytest

from tests.web.studio import post, text_of

NEW = "/studio/entities/customer/fields/new"
LABEL = {"label_zh": "新", "label_en": "Fresh", "section": "-1"}


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({"type": "credit_code"}, "type: credit_code"),
        ({"type": "address"}, "type: address"),
        (
            {"type": "formula", "asked_formula": "annual_spend * 2", "asked_result": "money"},
            "formula: annual_spend * 2\n    result: money",
        ),
        (
            {"type": "rollup", "asked_of": "order", "asked_how": "sum", "asked_field": "amount"},
            "of: order\n    how: sum\n    field: amount",
        ),
    ],
)
def test_a_field_of_each_type_is_written(people, as_, given, written) -> None:
    admin = as_(people.admin)
    answer = post(admin, NEW, LABEL | given)
    assert answer.status_code == 303, answer.text
    assert written in text_of(admin, "/studio/documents/entities/customer")


def test_what_is_missing_or_wrong_is_said(people, as_) -> None:
    admin = as_(people.admin)
    page = admin.get(NEW).text
    assert 'data-types="formula"' in page and 'data-types="rollup"' in page
    answer = post(admin, NEW, LABEL | {"type": "formula", "asked_result": "money"})
    assert answer.status_code == 422 and "Fill this in." in answer.text
    wrong = {"type": "formula", "asked_formula": "annual_spent * 2", "asked_result": "money"}
    answer = post(admin, NEW, LABEL | wrong)
    assert answer.status_code == 422 and "annual_spend" in answer.text and "did you mean" in answer.text
