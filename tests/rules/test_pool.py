"""The public pool: narrowed, sorted, page by page; several claims at once; when the own records go back."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from portal import clock, schema
from portal.errors import NotFound
from portal.extensions import db, transaction
from portal.rules.assignment import pool, recycling, shelf
from tests.rules.desks import owner
from tests.rules.test_pages import token


def narrowed(noun: Any, person: Any, sort: str = "", after: int | None = None, **fields: Any) -> Any:
    condition = schema.conditions.parse(fields, schema.current().entities["customer"])
    page = shelf.listed(noun, person, condition, sort, after)
    rows, further = page.rows, page.next
    return [row.texts["name"] for row in rows], further


def test_the_pool_is_narrowed_and_sorted_page_by_page(
    desk: Any, people: Any, make: Any, as_: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(shelf, "LIMIT", 2)
    for name, city in (("甲", "杭州"), ("乙", "上海"), ("丙", None), ("丁", "上海")):
        make("customer", name=name, city=city)
    assert narrowed(desk, people.alice)[0] == ["丁", "丙"]
    first, further = narrowed(desk, people.alice, "city")
    rest, end = narrowed(desk, people.alice, "city", further)
    assert (sorted(first), rest, end) == (["丁", "乙"], ["甲", "丙"], None)
    assert narrowed(desk, people.alice, city="上海", status="prospect")[0] == ["丁", "乙"]
    for closed in ({"sort": "phone"}, {"remark": {"contains": "x"}}):
        with pytest.raises(NotFound):
            narrowed(desk, people.alice, **closed)
    browser = as_(people.alice)
    page = browser.get("/pool/desk?f.city=上海&sort=-name").get_data(as_text=True)
    assert "乙" in page and "丁" in page and "甲" not in page and 'aria-sort="descending"' in page
    assert "Nothing fits" in browser.get("/pool/desk?f.city=北京").get_data(as_text=True)


def test_several_are_claimed_as_far_as_there_is_room(desk: Any, people: Any, make: Any, as_: Any) -> None:
    made = [make("customer", name=f"公{n}") for n in range(5)]
    with transaction():
        pool.claim(desk, made[0].id, people.bob)
    browser = as_(people.alice)
    given = {**token(browser, "/pool/"), "id": [str(one.id) for one in made]}
    assert browser.post("/pool/desk/claims", data=given).status_code == 303
    page = browser.get("/pool/desk").get_data(as_text=True)
    assert "3 records are yours now. Somebody was faster at 1. There was no room for 1." in page
    assert [owner(one) for one in made] == [people.bob.id, *[people.alice.id] * 3, None]


def test_everybody_sees_when_their_own_go_back(desk: Any, people: Any, make: Any, travel: Any, as_: Any) -> None:
    cold, warm = (make("customer", name=name, owner=people.alice.id) for name in "冷热")
    make("follow_up", customer=warm.id, at=clock.now() + timedelta(days=10), way="phone", summary="谈")
    days = {one.title: (one.day - clock.today()).days for one in shelf.held(desk, people.alice)}
    assert (days["冷"], days["热"]) == (30, 40)
    travel.shift(timedelta(days=28))
    db.session.commit()
    recycling.recycle()
    first = shelf.held(desk, people.alice)[0]
    assert (first.id, first.is_warned, (first.day - clock.today()).days) == (cold.id, True, 3)
    assert "when each goes back" in as_(people.alice).get("/pool/desk").get_data(as_text=True)


def test_pages_go_forward_and_back_and_keep_what_narrows_them(
    desk: Any, people: Any, make: Any, as_: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "LIMIT", 2)
    for at in range(5):
        make("customer", name=f"杭州 {at}", city="杭州", status="prospect", owner=None)
        make("customer", name=f"宁波 {at}", city="宁波", status="prospect", owner=None)
    alice = as_(people.alice)

    def page(address: str) -> tuple[list[str], dict[str, str]]:
        text = alice.get(address).get_data(as_text=True)
        ways = {rel: html.unescape(to) for to, rel in re.findall(r'href="([^"]+)" rel="(prev|next)"', text)}
        return re.findall(r"<td>((?:杭州|宁波) \d)</td>", text), ways

    first, ways = page(f"/pool/{desk.key}?sort=name&f.city=杭州")
    assert first == ["杭州 0", "杭州 1"] and "prev" not in ways
    second, further = page(ways["next"])
    assert second == ["杭州 2", "杭州 3"]
    third, last = page(further["next"])
    assert third == ["杭州 4"] and "next" not in last
    assert page(last["prev"])[0] == second and page(further["prev"])[0] == first
    assert "prev" not in page(further["prev"])[1], "the first page has none before it"
    text = alice.get(ways["next"]).get_data(as_text=True)
    claim = html.unescape(re.search(r'action="(/pool/[^"]+/claims[^"]*)"', text)[1])
    ids = re.findall(r'name="id" value="(\d+)"', text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
    answer = alice.post(claim, data={"csrf_token": token, "id": ids})
    assert page(answer.headers["Location"])[0] == ["杭州 4"], "the page goes on behind what was taken"
