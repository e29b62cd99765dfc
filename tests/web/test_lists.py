"""Lists: what is shown, filtered, sorted, paged, kept in the address and said when there is nothing."""

import re
from urllib.parse import parse_qs

import pytest
from markupsafe import escape

PIECE = {"HX-Request": "true", "HX-Target": "listing"}


@pytest.fixture
def customers(make, people):
    names = ["华信通达", "上海锦程", "浙江明珠"]
    kinds = ["enterprise", "personal", "enterprise"]
    return [
        make("customer", by=people.alice, name=name, kind=kind, city=name[:2])
        for name, kind in zip(names, kinds, strict=True)
    ]


def rows(answer) -> list[str]:
    """The titles in the table, in order."""
    return re.findall(r'<a class="row-link"[^>]*>([^<]*)</a>', answer.text)


def test_the_newest_change_stands_on_top(customers, people, as_) -> None:
    answer = as_(people.alice).get("/customers")
    assert rows(answer) == ["浙江明珠", "上海锦程", "华信通达"]
    assert "3 in all" in answer.text


@pytest.mark.parametrize("address", ["/customers", "/imports", "/people"])
def test_an_address_ends_in_a_slash_or_not(app, people, as_, address) -> None:
    answers = [as_(people.admin).get(address + end) for end in ("", "/")]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_strangers_see_an_empty_list(customers, people, as_) -> None:
    answer = as_(people.charlie).get("/customers")
    assert rows(answer) == []
    assert "No Customers yet" in answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("f.kind=in:enterprise&sort=name", 2),
        ("f.kind=in:enterprise&f.city=contains:华", 1),
        ("q=hxtd", 1),
        ("q=锦程", 1),
        ("f.owner=is_me:true", 3),
        ("archived=1", 0),
    ],
)
def test_filters_stand_in_the_address(customers, people, as_, query, found) -> None:
    assert len(rows(as_(people.alice).get(f"/customers?{query}"))) == found


def test_a_filter_is_a_sentence_that_can_be_taken_away(customers, people, as_) -> None:
    page = as_(people.alice).get("/customers?f.kind=in:enterprise&sort=name").text
    assert "Enterprise" in re.search(r'class="chip-text"[^>]*>([^<]*)<', page)[1]
    assert re.search(r'class="chip-off" href="([^"]*)"', page)[1] == "/customers?sort=name"


def test_columns_and_order_can_be_chosen(customers, people, as_) -> None:
    client = as_(people.alice)
    answer = client.get("/customers/columns?column=name&column=city&sort=-city")
    assert "columns=name%2Ccity" in answer.location or "columns=name,city" in answer.location
    page = client.get(answer.location).text
    assert re.findall(r'id="sort-(\w+)"', page) == ["name", "city"]
    assert 'aria-sort="descending"' in page


def test_pages_go_on_by_the_last_record(make, people, as_) -> None:
    for number in range(53):
        make("customer", by=people.alice, name=f"客户{number:02}")
    client = as_(people.alice)
    first = client.get("/customers?sort=name")
    following = re.search(r'href="([^"]*)" rel="next"', first.text)[1].replace("&amp;", "&")
    second = client.get(following)
    assert rows(first) + rows(second) == [f"客户{number:02}" for number in range(53)]
    back = re.search(r'href="([^"]*)" rel="prev"', second.text)[1].replace("&amp;", "&")
    assert rows(client.get(back)) == rows(first)


def test_htmx_gets_the_piece_alone(customers, people, as_) -> None:
    client = as_(people.alice)
    piece = client.get("/customers", headers=PIECE)
    assert piece.text.lstrip().startswith('<div class="listing"')
    assert "<html" in client.get("/customers", headers={**PIECE, "HX-History-Restore-Request": "true"}).text
    assert "HX-Request" in piece.headers["Vary"]


def test_unreadable_filters_are_told_and_the_list_stands(customers, people, as_) -> None:
    answer = as_(people.alice).get("/customers?f.annual_spend=gte:many&f.nothing=1&sort=nothing,-name")
    assert answer.status_code == 200
    assert len(rows(answer)) == 3
    assert 'role="alert"' in answer.text


def test_hidden_fields_are_neither_column_nor_filter(customers, people, as_) -> None:
    page = as_(people.erin).get("/customers?columns=name,credit_rating&f.credit_rating=in:aaa&sort=credit_rating").text
    assert "credit_rating" not in re.findall(r'id="sort-(\w+)"', page)
    assert "Credit rating" not in page


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("menu", "offered"), [("filters", "Credit rating"), ("order", "City"), ("columns", "Credit rating")]
)
def test_a_long_menu_is_fetched_when_it_is_opened(people, as_, menu, offered) -> None:
    """It knows the state of the list, and shows nobody what they may not see; without JavaScript it is a page."""
    client, address = as_(people.alice), f"/customers/menus/{menu}?f.kind=in:enterprise&sort=-city"
    page = client.get("/customers?f.kind=in:enterprise&sort=-city").text
    assert f'hx-get="{escape(address)}"' in page and f'href="{escape(address)}"' in page
    piece, whole = client.get(address, headers={"HX-Request": "true"}).text, client.get(address).text
    assert "<html" not in piece and "<html" in whole and "menu-long" in whole
    assert "enterprise" in piece and offered in piece
    assert "Credit rating" not in as_(people.erin).get(address).text


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_wrong_filter_is_told_once(people, as_) -> None:
    page = as_(people.alice).get("/customers?f.annual_spend=gte:many").text
    notice = page.partition('role="alert"')[2].partition("</div></div>")[0]
    assert notice.count("<p>") == 1


def test_an_unknown_slug_is_not_found(people, as_) -> None:
    assert as_(people.alice).get("/nothing-of-ours").status_code == 404


def test_a_list_is_ordered_by_several_fields(make, people, as_) -> None:
    for name, city in (("B", "上海"), ("A", "上海"), ("C", "北京")):
        make("customer", by=people.alice, name=name, city=city)
    client = as_(people.alice)
    there = client.get("/customers/order?by=-city&by=name&by=city&f.kind=in:enterprise").location
    assert parse_qs(there.partition("?")[2]) == {"f.kind": ["in:enterprise"], "sort": ["-city,name"]}
    page = client.get("/customers?sort=-city,name").text
    names = re.findall(r"data-open>(\w)</a>", page)
    assert sorted(names[:1] + names[1:]) == ["A", "B", "C"] and names.index("A") == names.index("B") - 1
    assert re.findall(r'class="sort-rank">(\d)', page) == ["2", "1"]  # the column of names stands first
    assert 'data-also="/customers?sort=city,name"' in page.replace("%2C", ",")
    menu = client.get("/customers/menus/order?sort=-city,name", headers=PIECE).text
    assert '<option value="-city" selected>' in menu and '<option value="name" selected>' in menu
    assert client.get("/customers/order?by=").location == "/customers"


def test_a_cell_of_a_list_says_where_it_can_be_changed(make, people, as_) -> None:
    own, others = (make("customer", by=who, name=who.name) for who in (people.alice, people.charlie))
    page = as_(people.alice).get("/customers").text
    assert f'data-cells="/customers/{own.id}/cells/"' in page and f"/customers/{others.id}/cells/" not in page
    assert 'data-field="city"' in page and 'data-field="tier"' not in page
    assert "data-field" not in as_(people.alice).get("/customers?archived=1").text
