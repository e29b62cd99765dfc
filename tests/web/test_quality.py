"""The board of data quality: what each person sees on it, the way to the records, tasks, my own list, the workbook."""

import io
from typing import Any

import openpyxl
import pytest

from portal import records
from portal.extensions import db
from portal.rules.quality import totals
from portal.security import SYSTEM
from tests.records.sealed import publish

BOARD = "/quality/customer"


@pytest.fixture(autouse=True)
def plain(app: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def some(people: Any, make: Any) -> list[Any]:
    """Customers without phone of Alice and Charlie, one of Bob's with everything but an address."""
    whole = {"phone": "13800138000", "email": "a@b.cn", "industry": "it", "city": "上海", "kind": "personal"}
    found = [
        make("customer", name="甲公司", owner=people.alice.id),
        make("customer", name="乙公司", owner=people.bob.id, **whole),
        make("customer", name="=丙公司", owner=people.charlie.id),
    ]
    db.session.commit()
    totals.count()
    return found


def test_the_board_counts_what_one_sees_and_leads_to_it(some: Any, people: Any, as_: Any) -> None:
    page = as_(people.dora).get(BOARD).text
    assert "of 2 records" in page
    assert "Alice" in page
    assert "Charlie" not in page
    assert f"f.data_issues=has_any:no_phone&amp;f.owner=eq:{people.alice.id}" in page.replace("%3A", ":")
    listed = as_(people.dora).get(f"/customers?f.data_issues=has_any:no_phone&f.owner=eq:{people.alice.id}").text
    assert "甲公司" in listed
    assert "乙公司" not in listed
    assert "of 3 records" in as_(people.admin).get(f"{BOARD}?by=office").text


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_who_may_not_take_records_out_takes_no_figures_out(some: Any, people: Any, as_: Any) -> None:
    publish(lambda tree: tree["entities"]["customer"].update(export="none"), "roles/seller.yml")
    client = as_(people.alice)
    assert f"{BOARD}/export" not in client.get(BOARD).text
    assert client.post(f"{BOARD}/export").status_code == 403


def test_an_office_can_be_looked_at_alone(some: Any, people: Any, as_: Any) -> None:
    page = as_(people.admin).get(f"{BOARD}?office={people.charlie.office_id}&by=owner").text
    assert "of 1 record" in page
    assert "Charlie" in page
    assert "Alice" not in page


def test_mine_to_mend_is_changed_in_place_until_it_is_gone(some: Any, people: Any, as_: Any) -> None:
    client = as_(people.alice)
    page = client.get(f"{BOARD}/mine?issue=no_phone").text
    assert "甲公司" in page
    assert f"/customers/{some[0].id}/cells/phone" in page
    told = client.post(f"/customers/{some[0].id}/cells/phone", data={"phone": "13900139000", "_version": 1})
    assert told.status_code == 200
    saved = records.fetch("customer", some[0].id, SYSTEM)
    assert "no_phone" not in saved["data_issues"]
    assert "甲公司" not in client.get(f"{BOARD}/mine?issue=no_phone").text


def test_owners_get_one_task_each_and_none_twice(some: Any, people: Any, as_: Any) -> None:
    client = as_(people.dora)
    for _ in range(2):
        assert client.post(f"{BOARD}/tasks", data={"issue": "no_phone"}).status_code == 303
    found = records.search("task", SYSTEM, columns=["title", "owner", "origin"]).records
    assert [(task["owner"], task["origin"]) for task in found] == [(people.alice.id, "quality:customer:no_phone")]
    assert client.post(f"{BOARD}/tasks", data={"issue": "nonsense"}).status_code == 404


def test_who_does_not_see_the_records_sees_no_board(some: Any, people: Any, as_: Any) -> None:
    assert as_(people.alice).get("/quality/nonsense").status_code == 404
    assert as_(people.admin).get("/quality/").location == BOARD


def test_the_workbook_holds_no_formula(some: Any, people: Any, as_: Any) -> None:
    answer = as_(people.admin).post(f"{BOARD}/export")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][2] == "Owner"
    assert {row[2] for row in rows[1:]} == {"Alice", "Bob", "Charlie"}
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
