"""The popover of a filter: operators of the type, inputs, and the address it makes."""

import re

import pytest


@pytest.mark.parametrize(
    ("field", "given", "made"),
    [
        ("kind", "op=in&many=enterprise&many=personal", "f.kind=in:enterprise,personal"),
        ("city", "op=contains&one=上海", "f.city=contains:上海"),
        ("annual_spend", "op=between&low=10&high=20", "f.annual_spend=between:"),
        ("last_contact_on", "op=older_than&count=30&unit=days", "f.last_contact_on=older_than:30+days"),
        ("email", "op=empty", "f.email=empty:true"),
    ],
)
def test_inputs_become_one_argument_of_the_address(people, as_, field, given, made) -> None:
    from urllib.parse import unquote

    answer = as_(people.alice).get(f"/customers/filters?field={field}&{given}&sort=name&f.{field}=eq:x")
    assert answer.status_code == 302
    assert made in unquote(answer.location)
    assert answer.location.count(f"f.{field}=") == 1
    assert "sort=name" in answer.location


def test_the_panel_shows_the_operators_of_the_type(people, as_) -> None:
    page = as_(people.alice).get("/customers/filters/annual_spend", headers={"HX-Request": "true"}).text
    assert {"gte", "between", "empty"} <= set(re.findall(r'<option value="(\w+)"', page))
    assert 'name="low"' in page


def test_the_panel_knows_the_filter_in_force(people, as_) -> None:
    page = as_(people.alice).get("/customers/filters/kind?f.kind=in:personal", headers={"HX-Request": "true"}).text
    assert re.search(r'value="personal" checked', page)


def test_the_panel_is_a_page_without_javascript(people, as_) -> None:
    assert "<html" in as_(people.alice).get("/customers/filters/kind").text


def test_a_wrong_value_is_told_in_the_panel(people, as_) -> None:
    answer = as_(people.alice).get(
        "/customers/filters?field=annual_spend&op=gte&one=many", headers={"HX-Request": "true"}
    )
    assert answer.status_code == 422
    assert 'class="field-error"' in answer.text
    assert answer.headers["HX-Retarget"] == "this"


@pytest.mark.parametrize("field", ["nothing", "credit_rating"])
def test_fields_one_may_not_read_have_no_panel(people, as_, field) -> None:
    assert as_(people.erin).get(f"/customers/filters/{field}").status_code == 404


def test_choices_are_found_while_typing(make, people, as_) -> None:
    made = make("customer", by=people.alice, name="华信通达")
    items = as_(people.alice).get("/choices/customer?q=通达").json["items"]
    assert items == [{"value": str(made.id), "text": "华信通达"}]
    assert as_(people.charlie).get("/choices/customer?q=通达").json["items"] == []
    assert as_(people.alice).get("/choices/nothing").status_code == 404
    assert "Alice" in [item["text"] for item in as_(people.bob).get("/choices/person?q=ali").json["items"]]
