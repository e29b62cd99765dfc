"""Saved views: a list under a name, for oneself or shared."""

import re

import pytest


@pytest.fixture(autouse=True)
def plain(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


def save(client, **given):
    """Keep the enterprises by name."""
    return client.post("/customers/views", data={"f.kind": "in:enterprise", "sort": "name", **given})


def test_a_view_opens_the_list_as_it_was(make, people, as_) -> None:
    make("customer", by=people.alice, name="华信", kind="enterprise")
    make("customer", by=people.alice, name="王敏", kind="personal")
    client = as_(people.alice)
    page = client.get(save(client, view_name="企业").location).text
    assert "华信" in page
    assert ">王敏<" not in page
    assert re.search(r'aria-current="page">\s*企业', page)


def test_only_shared_views_reach_others(people, as_) -> None:
    client = as_(people.alice)
    save(client, view_name="Mine alone")
    shared = save(client, view_name="For all", shared="1").location
    page = as_(people.bob).get("/customers").text
    assert "For all" in page
    assert "Mine alone" not in page
    number = shared.rpartition("=")[2]
    assert as_(people.bob).post(f"/customers/views/{number}/drop").status_code == 403
    assert client.post(f"/customers/views/{number}/drop").status_code == 303
    assert "For all" not in as_(people.bob).get("/customers").text


def test_a_view_needs_a_name(people, as_) -> None:
    client = as_(people.alice)
    answer = save(client, view_name="  ")
    assert "Enter a name" in client.get(answer.location).text


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_menus_of_a_view_know_its_state(people, as_) -> None:
    client = as_(people.alice)
    number = save(client, view_name="Towns", columns="name,city").location.rpartition("=")[2]
    menu = client.get(f"/customers/menus/columns?view={number}", headers={"HX-Request": "true"}).text
    assert re.findall(r'value="(\w+)" checked', menu) == ["name", "city"]
