"""How a file is read: found out, shown, changed where it was meant otherwise; headers of several rows."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from portal import records
from portal.extensions import db
from portal.integrations import Import, Reading, headers, imports, mended, sheets
from portal.integrations import reading as readings
from portal.schema import current

on_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("texts", "days", "decimal"),
    [
        (["31/03/2026", "01/02/2026"], "dmy", "."),
        (["03/31/2026", "01/02/2026"], "mdy", "."),
        (["26/3/31", "26/12/1"], "ymd", "."),
        (["32/13/2026", "02/11/2026", "04/13/2026"], "mdy", "."),
        (["32/13/2026", "01/12/2026"], "dmy", "."),
        (["1.234,56", "0,5"], "dmy", ","),
        (["1,234.56", "1,234", "12.5"], "dmy", "."),
        (["¥1,234.56", "50%"], "dmy", "."),
        (["2026-03-31", "13800138000", "a, b"], "dmy", "."),
    ],
)
def test_what_the_texts_tell(texts: list[str], days: str, decimal: str) -> None:
    assert readings.found(enumerate([[text] for text in texts])) == {"days": days, "decimal": decimal}


@on_sqlite
@pytest.mark.parametrize(
    ("reading", "text", "meant"),
    [
        ({}, "3/4/2026", "2026-04-03"),
        ({"days": "mdy"}, "3/4/2026", "2026-03-04"),
        ({"days": "mdy"}, "31/12/2026", "2026-12-31"),
        ({"days": "mdy"}, "3/4/26", "2026-03-04"),
        ({"days": "ymd"}, "26.3.4", "2026-03-04"),
        ({"days": "dmy"}, "4-3-71", "1971-03-04"),
        ({"days": "mdy"}, "2026-03-31", "2026-03-31"),
        ({"days": "mdy"}, "２０２６年3月31日", "2026-03-31"),
    ],
)
def test_days_are_read_as_settled(app: Any, reading: dict[str, str], text: str, meant: str) -> None:
    asked = current().entities["customer"].fields["last_contact_on"]
    assert asked.type.parse(Reading.of(reading).cell(text, asked)).isoformat() == meant


@on_sqlite
@pytest.mark.parametrize(
    ("decimal", "text", "meant"),
    [(",", "1.234,56", "1234.56"), (",", "12,5", "12.5"), (".", "1,234.56", "1234.56"), (".", "１２．５", "12.5")],
)
def test_numbers_are_read_as_settled(app: Any, decimal: str, text: str, meant: str) -> None:
    asked = current().entities["order"].fields["amount"]
    found = asked.type.parse(Reading(decimal=decimal).cell(text, asked))
    assert found == Decimal(meant).quantize(Decimal("0.01"))


CSV = "外部编号;客户名称;最近联系日期\nR1;朝阳科技;03/04/2026\nR2;北辰实业;05/06/2026\n"


@on_sqlite
def test_a_text_file_is_shown_and_read_as_the_person_says(
    app: Any, people: Any, as_: Callable[..., Any], tmp_path: Path, bring: Any
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    path = tmp_path / "list.csv"
    path.write_bytes(CSV.encode("gbk"))
    plan = bring("customer", path, people.alice)
    assert plan.reading == {"encoding": "gb18030", "separator": ";", "days": "dmy", "decimal": "."}
    client, address = as_(people.alice), f"/imports/{plan.id}"
    page = client.get(address).text
    assert "GBK / GB18030" in page and "03/04/2026 → 2026-04-03" in page
    asked = {"anew": "1", "encoding": "gb18030", "separator": ";", "days": "mdy", "decimal": ".", "header_row": "1"}
    assert client.post(f"{address}/columns", data=asked).status_code == 303
    assert "03/04/2026 → 2026-03-04" in client.get(f"{address}?change=1").text
    check = {key: value for key, value in asked.items() if key != "anew"} | {"sheet": "1", "column-0": "external_id"}
    assert "change=1" in client.post(f"{address}/columns", data=check | {"separator": "|"}).location
    db.session.expire_all()
    assert db.session.get_one(Import, plan.id).headers == ["外部编号;客户名称;最近联系日期"]
    assert client.post(f"{address}/columns", data=asked | {"encoding": "utf-16"}).status_code in (303, 422)
    assert client.post(f"{address}/columns", data=asked | {"encoding": "idna"}).status_code == 303


@on_sqlite
def test_what_was_settled_is_what_is_imported(people: Any, tmp_path: Path, bring: Any, through: Any) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(CSV.encode("gbk"))
    through(bring("customer", path, people.alice), people.alice, reading=Reading(days="mdy"))
    found = {record["external_id"]: record["last_contact_on"] for record in records.search("customer", people.alice)}
    assert found == {"R1": date(2026, 3, 4), "R2": date(2026, 5, 6)}


@on_sqlite
def test_headers_over_two_rows(people: Any, tmp_path: Path, bring: Any, through: Any) -> None:
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.merge_range(0, 0, 0, 3, "二〇二六年客户名单")
        page.merge_range(1, 0, 2, 0, "外部编号")
        page.merge_range(1, 1, 2, 1, "客户名称")
        page.merge_range(1, 2, 1, 3, "联系方式")
        page.write_row(2, 2, ["电话", "邮箱"])
        page.write_row(3, 0, ["M1", "合并公司", "13800138000", "m@example.cn"])
    plan = bring("customer", path, people.alice)
    assert (plan.header_row, plan.headers) == (3, ["外部编号", "客户名称", "电话", "邮箱"])
    plan = through(plan, people.alice)
    assert imports.sums(plan)["created"] == 1 and plan.total == 1


def test_what_is_merged_above_tells_columns_apart() -> None:
    rows = [
        (1, ["客户", "2025", None, "2026", None]),
        (2, [None, "金额", "数量", "金额", "数量"]),
        (3, ["甲", 1, 2, 3, 4]),
    ]
    merged = [[1, 0, 2, 0], [1, 1, 1, 2], [1, 3, 1, 4]]
    assert headers.titles(rows, 1, merged) == (2, ["客户", "2025 金额", "2025 数量", "2026 金额", "2026 数量"])
    assert headers.titles([(1, ["a", None]), (2, ["x", 1])], 1, [[1, 0, 1, 1]]) == (1, ["a"])


def test_cells_of_a_workbook_of_1904_and_what_formulas_left(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = datetime.fromisoformat("1904-01-01")
    page = book.active
    assert page is not None
    page.append(["day", "share", "broken", "text"])
    page.append([date(2026, 3, 31), 0.25, "#DIV/0!", "１２３"])
    page["C2"].data_type = "e"
    page["A2"].number_format, page["B2"].number_format = "yyyy-mm-dd", "0%"
    book.save(tmp_path / "1904.xlsx")
    _, (_, cells) = sheets.look(tmp_path / "1904.xlsx")[0].rows
    assert cells[0] in (date(2026, 3, 31), datetime.fromisoformat("2026-03-31")) and cells[1] == 0.25
    assert cells[2] in (None, "#DIV/0!") and cells[3] == "１２３"


@on_sqlite
def test_a_mended_file_keeps_mapping_mode_and_reading(
    people: Any, make: Any, workbook: Any, bring: Any, through: Any, tmp_path: Path
) -> None:
    make("customer", people.alice, name="朝阳科技", phone="13800138000")
    rows = [["名头", "手机", "最近联系日期"], ["朝阳科技", "13800138000", "03/04/2026"], ["北辰", "123", "05/06/2026"]]
    settled = {"mode": "update", "match_by": ["name", "phone"], "reading": Reading(days="mdy")}
    plan = bring("customer", workbook(rows), people.alice)
    plan = through(plan, people.alice, columns={0: "name", 1: "phone", 2: "last_contact_on"}, **settled)
    assert {fate: count for fate, count in imports.sums(plan).items() if count} == {"updated": 1, "refused": 1}
    assert mended.write(plan, tmp_path / "refused.xlsx") == 1
    book = openpyxl.load_workbook(tmp_path / "refused.xlsx")
    page = book.worksheets[0]
    assert "电话" in str(page["D2"].value) or "Phone" in str(page["D2"].value)
    make("customer", people.alice, name="北辰", phone="13900139000")
    page["B2"] = "13900139000"
    book.save(tmp_path / "refused.xlsx")
    again = bring("customer", tmp_path / "refused.xlsx", people.alice)
    assert (again.columns, again.mode, again.match_by) == (plan.columns, "update", ["name", "phone"])
    assert again.reading["days"] == "mdy"
    again = through(again, people.alice, mode=again.mode, match_by=again.match_by)
    assert imports.sums(again)["updated"] == 1
    found = {record["name"]: record["last_contact_on"] for record in records.search("customer", people.alice)}
    assert found == {"朝阳科技": date(2026, 3, 4), "北辰": date(2026, 5, 6)}


@on_sqlite
def test_headers_of_a_mended_file_stay_its_first_row(people: Any, workbook: Any, bring: Any) -> None:
    rows = [["", "", "", "客户名称", "原因"], ["甲", "乙", "丙", "13800138000", "请填写客户名称。"]]
    plan = bring("customer", workbook(rows), people.alice)
    assert (plan.header_row, plan.headers) == (1, ["", "", "", "客户名称", "原因"])


@on_sqlite
def test_columns_called_the_same_are_remembered_each_for_itself(
    people: Any, workbook: Any, bring: Any, through: Any
) -> None:
    rows = [["", "电话", "电话", "电话"], ["同名甲", "x", "13800138000", "y"]]
    columns = {0: "name", 2: "phone"}
    through(bring("customer", workbook(rows), people.alice), people.alice, columns=columns)
    again = bring("customer", workbook(rows, "again.xlsx"), people.alice)
    assert again.columns == {str(place): key for place, key in columns.items()}
