"""Records counted by a field: only those in sight, within the filters, each part leading to its records."""

import re

import pytest

from portal import schema
from portal.security import SYSTEM

PIECE = {"HX-Request": "true", "HX-Target": "counted"}


@pytest.fixture
def customers(make, people):
    places = {"华信": "440305", "腾讯": "440304", "京东": "110101", "无名": None}
    for name, code in places.items():
        address = f"{code} 人民路1号" if code else None
        make(
            "customer",
            by=people.alice,
            name=name,
            kind="personal" if code else "enterprise",
            registered_address=address,
        )
    make("customer", by=people.charlie, name="别家", kind="personal", registered_address="440305 人民路2号")


def parts(client, query: str) -> dict[str, tuple[int, str]]:
    """Name of a part → how many, and where it leads."""
    text = client.get(f"/customers/counts?{query}", headers=PIECE).text
    found = re.findall(r'class="row-link" href="([^"]*)">([^<]*)</a></td><td class="num">([\d,]+)<', text)
    return {name: (int(number), href.replace("&amp;", "&")) for href, name, number in found}


def listed(client, href: str) -> set[str]:
    """The titles of a list."""
    return set(re.findall(r'<a class="row-link"[^>]*>([^<]*)</a>', client.get(href).text))


def test_each_part_leads_to_what_it_counts(customers, people, as_) -> None:
    client = as_(people.alice)
    by_province = parts(client, "by=registered_address")
    assert {name: number for name, (number, _href) in by_province.items()} == {
        "广东省": 2,
        "北京市": 1,
        "Without one": 1,
    }
    assert listed(client, by_province["广东省"][1]) == {"华信", "腾讯"}
    assert listed(client, by_province["Without one"][1]) == {"无名"}


def test_filters_hold_and_hidden_rows_do_not_count(customers, people, as_) -> None:
    client = as_(people.alice)
    found = parts(client, "by=kind&f.registered_address=inside:44")
    assert [number for number, _href in found.values()] == [2]
    (href,) = (href for _number, href in found.values())
    assert listed(client, href) == {"华信", "腾讯"}
    assert sum(number for number, _href in parts(client, "by=owner").values()) == 4


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_an_option_no_longer_offered_still_counts(customers, people, as_) -> None:
    path = "entities/customer.yml"
    text = schema.releases.documents(schema.releases.current_number())[path]
    put_away = text.replace("{zh: 个人客户, en: Personal,", "{zh: 个人客户, en: Personal, archived: true,")
    assert put_away != text
    schema.releases.publish_document(path, put_away, by=SYSTEM, note="test")
    client = as_(people.alice)
    found = parts(client, "by=kind")
    assert {name: number for name, (number, _href) in found.items()} == {"Enterprise": 1, "Personal": 3}
    assert listed(client, found["Personal"][1]) == {"华信", "腾讯", "京东"}


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_page_is_whole_and_odd_questions_are_answered(customers, people, as_) -> None:
    client = as_(people.alice)
    text = client.get("/customers/counts?by=registered_address").text
    assert "data-chart='{" in text
    assert 'aria-current="page"' in text
    assert client.get("/customers/counts?by=nothing&f.kind=in:x&f.y=1").status_code == 200
    assert "Nothing to count" in client.get("/orders/counts").text
