"""Any two records made one: picked in a list or looked up from a page; who may, what a race does, and the way back."""

import re

import pytest

from portal import records
from portal.extensions import transaction


@pytest.fixture(params=["sqlite"])
def engine_name(request) -> str:
    """The pages ask nothing that would differ by engine."""
    return request.param


@pytest.fixture(autouse=True)
def plain(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def three(make, people):
    names = ("远景科技", "华信通达", "上海锦程")
    return [make("customer", by=people.alice, name=name, city=city) for name, city in zip(names, "ABC", strict=True)]


def test_records_picked_in_a_list_are_merged_pair_by_pair(three, people, as_) -> None:
    client, (one, two, third) = as_(people.alice), three
    page = client.get("/customers").text
    assert 'formaction="/customers/merging/choice"' in page
    picked = {"_pick": [f"{record.id}.{record.version}" for record in three]}
    asked = client.post("/customers/merging/choice", data=picked).location
    assert asked == f"/customers/merging?of={one.id}-{two.id}-{third.id}"
    page = client.get(asked).text
    assert "远景科技" in page and "华信通达" in page and "上海锦程" not in page
    assert "1 more record follows" in page
    sent = {"keep": "second", "side.city": "first", "version.first": one.version, "version.second": two.version}
    following = client.post(asked, data=sent).location
    assert following == f"/customers/merging?of={two.id}-{third.id}"
    assert records.fetch("customer", two.id, people.alice)["city"] == "A"
    assert client.post(following, data={"keep": "first"}).location == f"/customers/{two.id}"
    assert records.fetch("customer", third.id, people.alice).is_archived
    for number in (2, 1):
        assert client.post(f"/duplicates/merges/{number}/undo").status_code == 303
    assert [records.fetch("customer", record.id, people.alice)["city"] for record in three] == ["A", "B", "C"]
    assert not any(records.fetch("customer", record.id, people.alice).is_archived for record in three)


def test_a_record_looks_for_its_other_half(three, people, as_) -> None:
    client, (one, two, _third) = as_(people.alice), three
    assert f"/customers/{one.id}/merging" in client.get(f"/customers/{one.id}").text
    assert "Which record is the same?" in client.get(f"/customers/{one.id}/merging").text
    found = client.get(f"/customers/{one.id}/merging?q=hxtd").text
    assert f"/customers/merging?of={one.id}-{two.id}" in found
    assert "No other record" in client.get(f"/customers/{one.id}/merging?q=远景科技").text


def test_what_changed_meanwhile_is_not_merged_unseen(three, people, as_) -> None:
    client, (one, two, _third) = as_(people.alice), three
    asked = f"/customers/merging?of={one.id}-{two.id}"
    versions = dict(re.findall(r'name="(version\.\w+)" value="(\d+)"', client.get(asked).text))
    with transaction():
        records.save(two, {"city": "苏州"}, by=people.dora)
    sent = {"keep": "first", "side.city": "second", "side.name": "second", **versions}
    answer = client.post(asked, data=sent)
    assert answer.status_code == 409 and "苏州" in answer.text and "Nothing was merged" in answer.text
    assert re.search(r'name="side.name" value="second" checked', answer.text)
    assert not records.fetch("customer", two.id, people.alice).is_archived
    versions = dict(re.findall(r'name="(version\.\w+)" value="(\d+)"', answer.text))
    assert client.post(asked, data={**sent, **versions}).status_code == 303
    assert records.fetch("customer", one.id, people.alice)["city"] == "苏州"


def test_who_may_not_change_both_may_not_merge(three, people, as_, make) -> None:
    one, two = three[0], make("customer", by=people.dora, name="别人的")
    asked = f"/customers/merging?of={one.id}-{two.id}"
    assert as_(people.charlie).get(asked).status_code == 404
    assert as_(people.bob).post(asked, data={"keep": "first"}).status_code in (403, 404)
    client = as_(people.alice)
    for wrong in ("", f"{one.id}", f"{one.id}-{one.id}", "x-y", f"{one.id}-999999"):
        assert client.get(f"/customers/merging?of={wrong}").status_code == 404
    assert client.post("/customers/merging/choice", data={"_pick": [one.id]}).location == "/customers"
