"""Other ways to look at a list: cards in columns, and days of a month."""

import re

import pytest

from portal import records, schema
from portal.schema import check, directory
from portal.security import SYSTEM


@pytest.fixture
def tasks(make, people):
    facts = [("打电话", "open", "2026-11-03"), ("寄样品", "done", "2026-11-20"), ("写报价", "open", "2026-12-01")]
    keys = [key for key, _ in schema.current().entities["task"].fields["status"].type.choices()]
    assert {"open", "done"} <= set(keys)
    return [
        make("task", by=people.alice, title=title, status=status, due_on=due, owner=people.alice.id)
        for title, status, due in facts
    ]


def lanes(page: str) -> dict[str, list[str]]:
    """The cards of each column."""
    found = re.findall(r'data-lane="([^"]*)">(.*?)</ul>', page, re.DOTALL)
    return {key: re.findall(r'class="card-title"[^>]*>([^<]*)<', cards) for key, cards in found}


def move(client, record_id, value, version, **headers):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/me").text)[1]
    data = {"status": value, "_version": version, "csrf_token": token}
    return client.post(f"/tasks/{record_id}/lane", data=data, headers=headers)


def test_records_stand_under_their_option(as_, people, tasks):
    page = as_(people.alice).get("/tasks/board").text
    shown = lanes(page)
    assert sorted(shown["open"]) == ["写报价", "打电话"]
    assert shown["done"] == ["寄样品"]
    assert 'aria-current="page"' in page
    assert lanes(as_(people.alice).get("/tasks/board?f.title=contains:电话").text)["open"] == ["打电话"]
    assert not any(lanes(as_(people.charlie).get("/tasks/board").text).values()), "rights hold on boards"


def test_a_card_is_moved_without_a_script(as_, people, tasks):
    client = as_(people.alice)
    assert move(client, tasks[0].id, "done", tasks[0].version).status_code == 303
    assert sorted(lanes(client.get("/tasks/board").text)["done"]) == ["寄样品", "打电话"]


def test_a_stale_card_stays_where_it_is(app, as_, people, tasks):
    client = as_(people.alice)
    with app.test_request_context():
        record = records.fetch("task", tasks[0].id, SYSTEM, "edit")
        records.save(record, {"status": "done"}, by=SYSTEM)
    answer = move(client, tasks[0].id, "open", tasks[0].version, **{"HX-Request": "true"})
    assert answer.status_code == 409
    assert "打电话" in lanes(client.get("/tasks/board").text)["done"]


def test_who_may_not_edit_moves_nothing(as_, people, tasks):
    assert move(as_(people.charlie), tasks[0].id, "done", tasks[0].version).status_code == 404
    answer = move(as_(people.alice), tasks[0].id, "nonsense", tasks[0].version, **{"HX-Request": "true"})
    assert answer.status_code == 422


def test_a_list_without_a_board_has_none(as_, people):
    client = as_(people.alice)
    assert client.get("/contacts/board").status_code == 404
    assert client.get("/contacts/month").status_code == 404
    assert "/contacts/board" not in client.get("/contacts").text
    assert "/tasks/board" in client.get("/tasks").text


def days(page: str) -> dict[str, list[str]]:
    found = re.findall(r'<time datetime="([^"]+)">.*?<ul>(.*?)</ul>', page, re.DOTALL)
    return {day: re.findall(r">([^<>]+)</a>", cell) for day, cell in found if "<a" in cell}


def test_records_stand_on_their_day(as_, people, tasks):
    client = as_(people.alice)
    shown = days(client.get("/tasks/month?month=2026-11").text)
    assert shown == {"2026-11-03": ["打电话"], "2026-11-20": ["寄样品"], "2026-12-01": ["写报价"]}
    assert days(client.get("/tasks/month?month=2026-11&f.status=in:done").text) == {"2026-11-20": ["寄样品"]}
    assert days(as_(people.charlie).get("/tasks/month?month=2026-11").text) == {}
    for nonsense in ("x", "2026-13", "0001-01", "9999-12"):
        assert client.get(f"/tasks/month?month={nonsense}").status_code == 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("board: status", "board: title"), "a choice that people may change"),
        (("board: status", "board: state"), "unknown field"),
        (("calendar: due_on", "calendar: status"), "a date"),
    ],
)
def test_a_board_or_calendar_that_cannot_be_is_told(app, change, message):
    documents = directory.load()
    path = "entities/task.yml"
    with app.test_request_context(headers={"Accept-Language": "en"}):
        found = check.check({**documents, path: documents[path].replace(*change)}).errors
        assert [problem.line for problem in found]
        assert all(problem.path.startswith("list.") for problem in found)
