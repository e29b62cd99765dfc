"""An address at its doors: form, selects drawn again, list filter, export."""

import pytest
from ruamel.yaml import YAML

from portal import records
from portal.extensions import transaction
from portal.schema import releases, source
from portal.security import SYSTEM


@pytest.fixture(autouse=True)
def with_address(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    documents = releases.documents(releases.current_number())
    tree = YAML(typ="safe").load(documents["entities/customer.yml"])
    tree["fields"]["seat"] = {"type": "address", "label": {"zh": "注册地", "en": "Seat"}, "filterable": True}
    tree["form"][0]["fields"].append("seat")
    tree["search"].append("seat")
    changed = {**documents, "entities/customer.yml": source.write(tree)}
    with transaction():
        releases.publish(changed, by=SYSTEM, note="", expected_release=releases.current_number())


def test_the_selects_follow_from_each_other(people, as_) -> None:
    client = as_(people.alice)
    page = client.get("/customers/new").text
    assert '<option value="44">广东省</option>' in page and "深圳市" not in page
    drawn = client.get("/inputs/customer/seat?seat=44&seat=&seat=&seat=科技园路1号&_id=seat").text
    assert '<option value="44" selected>' in drawn and '<option value="4403">深圳市</option>' in drawn
    assert 'value="科技园路1号"' in drawn and 'id="seat"' in drawn
    drawn = client.get("/inputs/customer/seat?seat=31&seat=4403&seat=440305&seat=").text
    assert '<option value="3101">市辖区</option>' in drawn and "南山区" not in drawn
    assert client.get("/inputs/customer/annual_spend").status_code == 404
    assert client.get("/inputs/nothing/seat").status_code == 404


def test_what_is_chosen_or_typed_is_saved_and_found(people, as_) -> None:
    client = as_(people.alice)
    chosen = {"name": "南山科技", "seat": ["44", "4403", "440305", "科技园路1号"]}
    typed = {"name": "浦东贸易", "seat": ["", "", "", "上海市浦东新区世纪大道8号"]}
    for given in (chosen, typed):
        answer = client.post("/customers/new", data=given)
        assert answer.status_code == 303, answer.text
        assert given["seat"][3] in client.get(answer.location).text
    listed = client.get("/customers?f.seat=inside:广东省").text
    assert "南山科技" in listed and "浦东贸易" not in listed
    listed = client.get("/customers?f.seat=not_inside:深圳市").text
    assert "浦东贸易" in listed and "南山科技" not in listed


def test_its_names_are_found_by_filter_and_search(people, as_) -> None:
    client = as_(people.alice)
    client.post("/customers/new", data={"name": "甲", "seat": ["44", "4403", "440305", "科技园路1号"]})
    client.post("/customers/new", data={"name": "乙", "seat": ["31", "3101", "310115", "深圳路8号"]})
    for words, names in (
        ("深圳", {"甲", "乙"}),
        ("广东省", {"甲"}),
        ("南山区科技园", {"甲"}),
        ("浦东", {"乙"}),
        ("4403", set()),
    ):
        listed = client.get(f"/customers?columns=name&f.seat=contains:{words}").text
        assert {name for name in "甲乙" if f">{name}<" in listed} == names, words
        found = records.finder.find(words, people.alice)
        assert {hit.text for hit in found} == names, words


def test_a_place_that_is_none_is_named_and_kept(people, as_) -> None:
    answer = as_(people.alice).post("/customers/new", data={"name": "A", "seat": ["44", "4403", "", "高新区科技路"]})
    assert answer.status_code == 422
    assert "高新区科技路&#34; is none there" in answer.text
    assert '<option value="4403" selected>' in answer.text and 'value="高新区科技路"' in answer.text
