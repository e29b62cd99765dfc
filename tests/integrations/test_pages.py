"""Importing and exporting in the browser."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
import sqlalchemy as sa

from portal import audit, jobs, records, schema
from portal.extensions import db
from portal.integrations import Import


@pytest.fixture(autouse=True)
def no_csrf(app: Any) -> None:
    """Tokens have tests of their own."""
    app.config["WTF_CSRF_ENABLED"] = False


ROWS = [
    ["客户编号", "客户名称", "手机", "邮箱", "最近联系日期", "员工人数"],
    ["A1", "朝阳科技", 13800138000.0, "wang@example.com", "2026年3月31日", "1,200"],
    ["A2", "北辰实业", "12345", "nobody", "31/02/2026", "12"],
    ["A3", "=1+1 商贸", "021-62345678", None, 46112.0, None],
    ["A1", "朝阳科技", 13800138000.0, "wang@example.com", "2026-03-31", "1200"],
]


def sent(client: Any, path: Path, entity: str = "customer") -> Import:
    with path.open("rb") as stream:
        answer = client.post("/imports/", data={"entity": entity, "file": (stream, path.name)})
    assert answer.status_code == 303, answer.text
    return db.session.get_one(Import, int(answer.location.rpartition("/")[2]))


def form_of(plan: Import, **changes: str) -> dict[str, str]:
    return {f"column-{place}": key for place, key in plan.columns.items()} | {"mode": "upsert"} | changes


def test_from_file_to_records(
    people: Any, as_: Callable[..., Any], workbook: Callable[..., Path], tmp_path: Path
) -> None:
    client = as_(people.alice)
    plan = sent(client, workbook(ROWS))
    page = client.get(f"/imports/{plan.id}").text
    assert "客户编号" in page and "朝阳科技" in page and "Check the file" in page
    assert client.post(f"/imports/{plan.id}/columns", data=form_of(plan)).status_code == 303
    db.session.refresh(plan)
    assert "Checking the rows" in client.get(f"/imports/{plan.id}", headers={"HX-Request": "true"}).text
    assert jobs.run_now(plan.job_id or 0).state == "done"
    page = client.get(f"/imports/{plan.id}").text
    assert "Import 2 rows" in page and "Phone: Enter a phone number" in page and "nobody" in page
    assert client.post(f"/imports/{plan.id}/run").status_code == 303
    db.session.refresh(plan)
    assert jobs.run_now(plan.job_id or 0).state == "done"
    page = client.get(f"/imports/{plan.id}").text
    assert "4 rows of the file are accounted for" in page
    mended(client, plan, tmp_path)
    table = records.tables.table_of("customer")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 3


def mended(client: Any, plan: Import, tmp_path: Path) -> None:
    """The workbook of refused rows says why, and is taken once it is mended, with the columns as before."""
    answer = client.get(f"/imports/{plan.id}/refused.xlsx")
    path = tmp_path / "refused.xlsx"
    path.write_bytes(answer.data)
    book = openpyxl.load_workbook(path)
    page = book["Refused"]
    header, row = ([cell.value for cell in line] for line in page.iter_rows())
    assert header[-1] == "Reason" and "calendar" in row[-1] and row[:2] == ["A2", "北辰实业"]
    assert [line[-1].value for line in book["Left out"].iter_rows()][1].startswith("Row 2 of the file")
    page["C2"], page["D2"], page["E2"] = "13900139000", "bei@example.com", "2026-02-28"
    book.save(path)
    again = sent(client, path)
    assert {**again.columns} == {**plan.columns}
    client.post(f"/imports/{again.id}/columns", data=form_of(again))
    db.session.refresh(again)
    jobs.run_now(again.job_id or 0)
    client.post(f"/imports/{again.id}/run")
    db.session.refresh(again)
    job = jobs.run_now(again.job_id or 0)
    assert job.result == {"created": 1, "updated": 0, "unchanged": 0, "skipped": 0, "refused": 0}


def test_values_as_they_were_meant(people: Any, workbook: Callable[..., Path], bring: Any, through: Any) -> None:
    through(bring("customer", workbook(ROWS), people.alice), people.alice)
    found = {r["external_id"]: r for r in records.search("customer", people.alice).records}
    assert found["A1"]["phone"] == "+8613800138000" and found["A1"]["employees"] == 1200
    assert found["A1"]["last_contact_on"].isoformat() == "2026-03-31"
    assert found["A3"]["last_contact_on"].isoformat() == "2026-03-31" and found["A3"]["name"] == "=1+1 商贸"


def test_others_do_not_see_it(people: Any, as_: Callable[..., Any], workbook: Callable[..., Path]) -> None:
    plan = sent(as_(people.alice), workbook(ROWS))
    for path in (f"/imports/{plan.id}", f"/imports/{plan.id}/refused.xlsx"):
        assert as_(people.charlie).get(path).status_code == 404
    assert as_(people.erin).get("/imports/").status_code == 403


def test_what_cannot_be_read_is_said(people: Any, as_: Callable[..., Any]) -> None:
    client = as_(people.alice)
    for content in (b"", b"PK\x03\x04 nothing", bytes(range(256)) * 20):
        answer = client.post("/imports/", data={"entity": "customer", "file": (io.BytesIO(content), "x.xlsx")})
        assert answer.status_code == 422 and "field-error" in answer.text


def test_mapping_is_asked_for(people: Any, as_: Callable[..., Any], workbook: Callable[..., Path]) -> None:
    client = as_(people.alice)
    plan = sent(client, workbook(ROWS))
    nothing = dict.fromkeys(form_of(plan), "")
    for data in (nothing, form_of(plan, **{"column-0": "name"}), form_of(plan, **{"column-0": "version"})):
        answer = client.post(f"/imports/{plan.id}/columns", data=data)
        assert answer.status_code == 422 and 'role="alert"' in answer.text


def test_template_has_the_fields(people: Any, as_: Callable[..., Any]) -> None:
    answer = as_(people.alice).get("/imports/template/customers.xlsx")
    headers = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(answer.data)).active[1]]
    assert headers[0] == "Name" and "Phone" in headers and "Version" not in headers


def test_what_a_row_is_is_chosen_as_the_menu_stands(people: Any, as_: Callable[..., Any]) -> None:
    page = as_(people.alice).get("/imports/new").text
    offered = re.findall(r'<option value="(\w+)"', page)
    places = [schema.current().entities[key].menu or 99 for key in offered]
    assert offered[0] == "customer" and places == sorted(places) and len(places) > 3


def test_files_have_chinese_names_that_every_server_passes_on(people: Any, as_: Callable[..., Any]) -> None:
    """A header is plain letters: gunicorn answered 500 where it was told 客户.xlsx as it is."""
    people.alice.locale = "zh"
    answer = as_(people.alice).get("/imports/template/customers.xlsx")
    told = answer.headers["Content-Disposition"]
    assert told.isascii() and "filename=file.xlsx" in told and f"UTF-8''{quote('客户.xlsx')}" in told


def test_export_as_the_list_shows_it(people: Any, as_: Callable[..., Any], make: Callable[..., Any]) -> None:
    make("customer", name="朝阳科技", city="上海", employees=5, owner=people.alice.id)
    make("customer", name="=1+1", city="上海", owner=people.alice.id)
    make("customer", name="成都分部", city="成都", owner=people.alice.id)
    make("customer", name="Bob's", city="上海", owner=people.bob.id)
    client = as_(people.alice)
    asked = {"entity": "customer", "query": "f.city=eq:上海&columns=name,city,employees&sort=-name"}
    answer = client.post("/exports/", data=asked | {"format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows == [["Name", "City", "Employees"], ["朝阳科技", "上海", "5"], ["'=1+1", "上海", ""]]
    answer = client.post("/exports/", data=asked)
    page = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert [cell.value for cell in page["A"]] == ["Name", "朝阳科技", "=1+1"]
    assert page["A3"].data_type == "s" and page["C2"].value == 5
    told = list(db.session.scalars(audit.lines(action="records.exported")))
    assert [line.by_id for line in told] == [people.alice.id] * 2
    assert as_(people.erin).post("/exports/", data=asked).status_code in (403, 404)
