"""Many picked records changed at once, and taken back."""

import json

import pytest

from portal import records


@pytest.fixture(autouse=True)
def plain(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def three(make, people):
    owners = [people.alice, people.alice, people.bob]
    return [make("customer", by=owner, name=f"客户{at}", industry="it") for at, owner in enumerate(owners)]


def change(client, picked, **given):
    """Post the change of the picked records; the toast as a dict."""
    data = {"_pick": [record.id for record in picked], **given}
    answer = client.post("/customers/bulk", data=data, headers={"HX-Request": "true"})
    return json.loads(answer.headers["HX-Trigger"])["toast"]


def industries(three, person) -> list[str]:
    return [records.fetch("customer", record.id, person)["industry"] for record in three]


def test_what_one_may_not_edit_is_refused_and_counted(three, people, as_) -> None:
    told = change(as_(people.alice), three, _field="industry", industry="retail")
    assert told["level"] == "warning"
    assert "2 records changed" in told["message"]
    assert industries(three, people.alice) == ["retail", "retail", "it"]


def test_the_change_is_taken_back_where_nobody_saved_since(three, people, as_) -> None:
    client = as_(people.alice)
    told = change(client, three[:2], _field="industry", industry="retail")
    records.save(records.fetch("customer", three[0].id, people.alice), {"city": "上海"}, by=people.alice)
    client.post(told["undo"])
    assert industries(three, people.alice) == ["retail", "it", "it"]


def test_what_others_changed_since_the_list_was_drawn_stays_and_is_told(three, people, as_) -> None:
    client, one = as_(people.alice), three[0]
    records.save(records.fetch("customer", one.id, people.alice), {"industry": "retail"}, by=people.alice)
    picked = [f"{record.id}.{record.version}" for record in three[:2]]
    data = {"_pick": picked, "_field": "industry", "industry": "manufacturing"}
    answer = client.post("/customers/bulk", data=data, headers={"HX-Request": "true"})
    told = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert told["level"] == "warning" and "客户0: “Retail and wholesale”, not “Manufacturing”" in told["message"]
    assert industries(three, people.alice) == ["retail", "manufacturing", "it"]


def test_a_wrong_value_changes_nothing(three, people, as_) -> None:
    told = change(as_(people.alice), three, _field="industry", industry="nonsense")
    assert told["level"] == "danger"
    assert industries(three, people.alice) == ["it"] * 3


def test_the_input_is_that_of_the_type(people, as_) -> None:
    client = as_(people.alice)
    assert "<select" in client.get("/customers/bulk?_field=industry").text
    assert client.get("/customers/bulk?_field=").text == ""
    assert client.get("/customers/bulk?_field=annual_spend").status_code == 404


def test_who_may_edit_nothing_gets_no_bar(three, people, as_) -> None:
    assert 'id="bulk-field"' in as_(people.alice).get("/customers").text
    assert as_(people.alice).post("/products/bulk").status_code == 403
