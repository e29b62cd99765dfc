"""New and edit: sections, errors beside the fields, and a conflict that loses nothing."""

import re

import pytest

from portal import records
from portal.extensions import transaction


@pytest.fixture(autouse=True)
def plain(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def customer(make, people):
    return make("customer", by=people.alice, name="华信通达", city="上海")


def test_a_new_record_is_saved_and_shown(people, as_) -> None:
    client = as_(people.alice)
    assert "<legend>Basics</legend>" in client.get("/customers/new").text
    answer = client.post("/customers/new", data={"name": "上海锦程", "kind": "enterprise", "phone": "138 0013 8000"})
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "上海锦程" in page
    assert "“上海锦程” is saved." in page or "上海锦程 is saved." in page


def test_errors_stand_beside_the_field_and_typed_text_stays(people, as_) -> None:
    answer = as_(people.alice).post("/customers/new", data={"name": "", "email": "no address", "city": "杭州"})
    assert answer.status_code == 422
    for key in ("name", "email"):
        assert re.search(rf'id="[^"]*{key}-error"', answer.text)
    assert 'value="no address"' in answer.text
    assert 'value="杭州"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_the_address_fills_in_a_new_child(customer, people, as_) -> None:
    page = as_(people.alice).get(f"/orders/new?customer={customer.id}").text
    assert re.search(rf'<option value="{customer.id}" selected>华信通达', page)


def test_after_saving_one_returns_to_where_one_was(customer, people, as_) -> None:
    given = {"number": "SO-1", "customer": customer.id, "ordered_on": "2026-03-31", "amount": "100"}
    client = as_(people.alice)
    back = f"/customers/{customer.id}"
    assert client.post("/orders/new", data={**given, "back": back}).location == back
    away = client.post("/orders/new", data={**given, "number": "SO-2", "back": "//evil.example"}).location
    assert away.startswith("/orders/")


def test_a_stale_form_shows_both_values_and_keeps_what_was_typed(customer, people, as_) -> None:
    stale = customer.version
    with transaction():
        records.save(customer, {"city": "苏州"}, by=people.alice)
    client = as_(people.alice)
    typed = {"name": "华信通达", "city": "杭州", "remark": "typed long ago", "version": stale}
    answer = client.post(f"/customers/{customer.id}/edit", data=typed)
    assert answer.status_code == 409
    assert "苏州" in answer.text
    assert 'value="杭州"' in answer.text
    assert "typed long ago" in answer.text
    newer = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)[1]
    assert client.post(f"/customers/{customer.id}/edit", data={**typed, "version": newer}).status_code == 303
    assert records.fetch("customer", customer.id, people.alice)["city"] == "杭州"


def test_an_edit_can_be_taken_back(customer, people, as_) -> None:
    client = as_(people.alice)
    given = {"name": "华信通达", "city": "杭州", "version": customer.version}
    page = client.get(client.post(f"/customers/{customer.id}/edit", data=given).location).text
    undo = re.search(r'action="(/customers/undo\?of=[^"]*)"', page)[1]
    assert client.post(undo).status_code == 303
    assert records.fetch("customer", customer.id, people.alice)["city"] == "上海"
    client.post(undo)
    assert records.fetch("customer", customer.id, people.alice)["city"] == "上海"


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("charlie", 404)])
def test_the_edit_form_is_for_who_may_edit(customer, people, as_, who, status) -> None:
    client = as_(getattr(people, who))
    assert client.get(f"/customers/{customer.id}/edit").status_code == status
    assert client.post(f"/customers/{customer.id}/edit", data={"name": "x"}).status_code == status


def test_fields_one_may_not_write_are_not_in_the_form(customer, people, as_) -> None:
    assert "credit_rating" not in as_(people.alice).get(f"/customers/{customer.id}/edit").text
