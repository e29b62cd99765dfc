"""The page of a record: facts, tabs, timeline, rail, history, archive, cells, files."""

import io
import json
import re

import pytest

from portal import records
from portal.extensions import db, transaction


@pytest.fixture(autouse=True)
def plain(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def customer(make, people):
    return make("customer", by=people.alice, name="华信通达", city="上海", status="active", phone="13800138000")


@pytest.fixture
def page(customer, people, as_):
    return lambda path="", who="alice": as_(getattr(people, who)).get(f"/customers/{customer.id}{path}")


def test_the_page_tells_what_it_is_and_why(customer, page, make, people) -> None:
    make("order", by=people.alice, number="SO-1", customer=customer.id, ordered_on="2026-03-31", amount="100")
    make("task", by=people.alice, title="Call back", customer=customer.id, due_on="2026-12-01")
    text = page().text
    for expected in ("华信通达", "上海", "SO-1", "Call back", "Why this level", "Alice", "138 0013 8000"):
        assert expected in text, expected


def test_tabs_show_the_children_as_page_and_as_piece(customer, page, make, people, as_) -> None:
    make("order", by=people.alice, number="SO-1", customer=customer.id, ordered_on="2026-03-31", amount="100")
    assert "SO-1" in page("?tab=order").text
    headers = {"HX-Request": "true", "HX-Target": "tab"}
    piece = as_(people.alice).get(f"/customers/{customer.id}?tab=contact", headers=headers).text
    assert "<html" not in piece
    assert "No Contacts yet" in piece


def test_the_timeline_can_be_narrowed_and_goes_on(customer, page, make, people) -> None:
    for number in range(32):
        when = f"2026-{number // 28 + 1:02}-{number % 28 + 1:02}"
        make("order", by=people.alice, number=f"SO-{number}", customer=customer.id, ordered_on=when, amount="1")
    make("task", by=people.alice, title="Call back", customer=customer.id)
    first = page("?tab=timeline&kind=order").text
    assert "Call back" not in re.search(r'<ol class="timeline">.*?</ol>', first, re.DOTALL)[0]
    older = re.search(r'class="timeline-more"><a[^>]*href="([^"]*)"', first)[1].replace("&amp;", "&")
    rest = page(older.partition(str(customer.id))[2]).text
    assert len(re.findall("timeline-entry", first)) + len(re.findall("timeline-entry", rest)) == 32


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("charlie", 404)])
def test_who_sees_the_page(page, who, status) -> None:
    assert page(who=who).status_code == status
    assert page("/history", who=who).status_code == status


def test_a_teammate_finds_no_button_to_edit(page) -> None:
    assert "/edit" in page().text
    assert "/edit" not in page(who="bob").text


def test_history_says_who_changed_what(customer, page, people) -> None:
    with transaction():
        records.save(customer, {"city": "苏州"}, by=people.alice)
    text = page("/history").text
    assert "<del>上海</del>" in text
    assert "<ins>苏州</ins>" in text


def returns(text: str) -> list[str]:
    """Where the buttons of a history lead, newest first."""
    return re.findall(r'action="([^"]*/return)"', text)


def test_a_value_of_the_past_comes_back(customer, page, people, as_) -> None:
    for city in ("苏州", "杭州"):
        with transaction():
            customer = records.save(customer, {"city": city}, by=people.alice)
    newest, older, *_rest = returns(page("/history?field=city").text)
    client = as_(people.alice)
    stale = client.post(older, data={"_version": customer.version - 1})
    assert "in the meantime" in client.get(stale.location).text
    told = client.get(client.post(older, data={"_version": customer.version}).location).text
    assert "City is what it was before." in told
    assert records.fetch("customer", customer.id, people.alice)["city"] == "上海"
    assert older not in returns(page("/history").text)
    assert newest in returns(page("/history").text)
    assert client.post(re.search(r'action="([^"]*/undo[^"]*)"', told)[1].replace("&amp;", "&")).status_code == 303
    assert records.fetch("customer", customer.id, people.alice)["city"] == "杭州"


def test_only_who_may_write_the_field_brings_back(customer, page, make, people, as_) -> None:
    with transaction():
        records.save(customer, {"city": "苏州"}, by=people.alice)
    (way, *_rest) = returns(page("/history?field=city").text)
    other = make("customer", by=people.alice, name="别家")
    assert as_(people.charlie).post(way).status_code == 404
    assert as_(people.alice).post(way.replace(f"/{customer.id}/", f"/{other.id}/")).status_code == 404
    assert as_(people.alice).post(way.replace("/city/", "/created_at/")).status_code == 404
    assert as_(people.alice).post(way.replace("/city/", "/kind/")).status_code == 404


def test_archiving_can_be_taken_back(customer, page, people, as_) -> None:
    client = as_(people.alice)
    answer = client.post(f"/customers/{customer.id}/archive")
    assert f"/customers/{customer.id}/restore" in client.get(answer.location).text
    assert "Archived" in page().text
    assert client.get(f"/customers/{customer.id}").text.count("Restore") >= 1
    client.post(f"/customers/{customer.id}/restore")
    assert not records.fetch("customer", customer.id, people.alice).is_archived


def cell(client, customer, **given):
    """Post one value."""
    return client.post(f"/customers/{customer.id}/cells/city", data=given, headers={"HX-Request": "true"})


def test_a_cell_is_changed_where_it_stands(customer, people, as_) -> None:
    client = as_(people.alice)
    assert f'value="{customer.version}"' in client.get(f"/customers/{customer.id}/cells/city").text
    answer = cell(client, customer, city="苏州", _version=customer.version)
    assert "苏州" in answer.text
    told = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert told["undo"].startswith("/customers/undo")
    assert answer.headers["HX-Trigger"].isascii()


def test_a_stale_cell_shows_both_values(customer, people, as_) -> None:
    stale = customer.version
    with transaction():
        records.save(customer, {"city": "苏州"}, by=people.alice)
    answer = cell(as_(people.alice), customer, city="杭州", _version=stale)
    assert answer.status_code == 409
    assert "苏州" in answer.text
    assert 'value="杭州"' in answer.text


@pytest.mark.parametrize(("field", "status"), [("annual_spend", 404), ("nothing", 404), ("credit_rating", 403)])
def test_some_cells_are_closed(customer, people, as_, field, status) -> None:
    assert as_(people.alice).get(f"/customers/{customer.id}/cells/{field}").status_code == status


def test_a_file_opens_with_the_right_to_its_record(customer, people, as_) -> None:
    given = {
        "customer": customer.id,
        "at": "2026-03-31 10:00",
        "way": "phone",
        "summary": "Talked",
        "owner": people.alice.id,
    }
    upload = (io.BytesIO(b"<script>alert(1)</script>"), "note.html")
    answer = as_(people.alice).post("/follow-ups/new", data={**given, "file": upload})
    assert answer.status_code == 303, answer.text
    file_id = db.session.query(records.files.StoredFile.id).scalar()
    served = as_(people.bob).get(f"/files/{file_id}")
    assert served.data == b"<script>alert(1)</script>"
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert as_(people.charlie).get(f"/files/{file_id}").status_code == 404
