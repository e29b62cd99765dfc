"""Home, search, notices, language and theme, navigation."""

import re

import pytest

from portal import clock, mail
from portal.blueprints import screens
from portal.extensions import transaction
from tests.records.sealed import publish


@pytest.fixture(autouse=True)
def plain(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


def test_a_seller_finds_the_tasks_of_the_day(make, people, as_) -> None:
    customer = make("customer", by=people.alice, name="华信通达")
    task = make("task", by=people.alice, title="Call back", customer=customer.id, due_on=clock.today().isoformat())
    client = as_(people.alice)
    page = client.get("/").text
    assert "Call back" in page
    assert "My customers by tier" in page
    assert client.post(f"/today/{task.id}/completion", data={"back": "/"}).location == "/"
    assert "/reopening" in client.get("/").text


def test_an_avatar_tells_companies_of_one_city_apart() -> None:
    marks = {"林晓东": "晓东", "宁波欣东商贸有限公司": "欣东", "Grace Hopper": "GH", "有限公司": "公司", "": "?"}
    assert {name: screens.initials(name) for name in marks} == marks


@pytest.mark.parametrize("who", ["admin", "alice", "dora", "erin", "mary", "charlie"])
def test_everybody_has_a_home(people, as_, who) -> None:
    answer = as_(getattr(people, who)).get("/")
    assert answer.status_code == 200
    assert ("My tickets" in answer.text) == (who in ("admin", "erin", "dora"))


def test_a_role_that_hides_fields_still_has_a_home(people, as_) -> None:
    hidden = ("order.amount", "customer.tier", "customer.updated_at", "task.done_at", "ticket.owner")

    def hide(tree) -> None:
        tree.setdefault("fields", {}).update(dict.fromkeys(hidden, "hide"))

    for role in ("seller", "agent"):
        publish(hide, f"roles/{role}.yml")
    for who in (people.alice, people.erin):
        client = as_(who)
        page = client.get("/")
        assert page.status_code == 200
        assert "Orders by month" not in page.text and 'href="/today"' not in page.text
        assert client.get("/today").status_code == 404


def test_search_groups_and_marks(make, people, as_) -> None:
    customer = make("customer", by=people.alice, name="华信通达")
    make("order", by=people.alice, number="HX-1", customer=customer.id, ordered_on="2026-03-31", amount="1")
    client = as_(people.alice)
    page = client.get("/search?q=hx").text
    assert "<mark>华信</mark>通达" in page
    assert "<mark>HX</mark>-1" in page
    piece = client.get("/search?q=通达", headers={"HX-Request": "true", "HX-Target": "search-hits"}).text
    assert "<html" not in piece
    assert "<mark>通达</mark>" in piece
    assert "华信" not in as_(people.charlie).get("/search?q=通达").text.replace('value="通达"', "")


def test_a_hostile_name_is_only_text(make, people, as_) -> None:
    make("customer", by=people.alice, name="<img src=x onerror=alert(1)>")
    client = as_(people.alice)
    for path in ("/customers", "/search?q=img", "/"):
        assert "<img src=x" not in client.get(path).text


def test_opening_a_notice_marks_it_as_read(people, as_) -> None:
    with transaction():
        notice = mail.notify(people.alice.id, "Look at this", "/customers")
    client = as_(people.alice)
    assert "1 unread" in client.get("/").text
    assert as_(people.bob).post(f"/notices/{notice.id}/reading").status_code == 404
    assert client.post(f"/notices/{notice.id}/reading").location == "/customers"
    assert "0 unread" in client.get("/notices").text


def test_all_notices_can_be_read_at_once(people, as_) -> None:
    with transaction():
        for number in range(3):
            mail.notify(people.alice.id, f"Notice {number}")
    client = as_(people.alice)
    client.post("/notices/reading")
    assert "Mark all as read" not in client.get("/notices").text


def test_language_and_theme_are_kept(app, people, as_) -> None:
    client = as_(people.alice)
    assert client.post("/preferences", data={"language": "zh", "next": "/customers"}).location == "/customers"
    page = client.get("/customers").text
    assert '<html lang="zh-CN"' in page
    assert "新建客户" in page
    client.post("/preferences", data={"theme": "dark"})
    assert 'data-bs-theme="dark"' in client.get("/").text
    assert client.post("/preferences", data={"language": "en", "next": "//evil.example"}).location == "/"


def test_a_guest_chooses_by_cookie(app) -> None:
    client = app.test_client()
    assert 'lang="zh-CN"' in client.get("/sign-in").text
    client.post("/preferences", data={"language": "en"})
    assert 'lang="en"' in client.get("/sign-in").text


def test_the_navigation_shows_only_what_one_may_use(people, as_) -> None:
    def entries(who) -> set[str]:
        return set(re.findall(r'class="nav-entry" href="([^"]*)"', as_(who).get("/").text))

    assert {"/studio/", "/people/", "/audit", "/customers"} <= entries(people.admin)
    assert not {"/studio/", "/people/", "/audit", "/campaigns/", "/admin/"} & entries(people.alice)


def test_every_entry_of_the_navigation_leads_somewhere(people, as_) -> None:
    client = as_(people.admin)
    for path in re.findall(r'class="nav-entry" href="([^"]*)"', client.get("/").text):
        answer = client.get(path)
        if answer.status_code in (302, 303):
            answer = client.get(answer.location)
        assert answer.status_code == 200, path
