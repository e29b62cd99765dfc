"""Large sheets are read row by row: the same cells as the other reader finds, in memory that stays flat."""

import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from portal.integrations import sheets
from portal.integrations.sheets import child, streamed

CORPUS = Path(__file__).parents[3] / "shared/data/spreadsheets/poi_xlsx_with_sheetjs_expected.tar.gz"


def told(rows: Iterable[list[Any]]) -> list[tuple[int, list[Any]]]:
    """The filled rows with their numbers, without the blanks at their ends."""
    found = []
    for number, cells in enumerate(rows, 1):
        plain = [child._plain(cell) for cell in cells]
        while plain and not child._is_filled(plain[-1]):
            plain.pop()
        if plain:
            found.append((number, plain))
    return found


def books(folder: Path) -> Iterator[Path]:
    with tarfile.open(CORPUS) as packed:
        packed.extractall(folder, filter="data")
    yield from sorted(folder.rglob("*.xlsx"))


@pytest.mark.skipif(not CORPUS.exists(), reason="../shared/data is not here")
def test_both_readers_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "LARGE", 0)
    count, differing = 0, []
    for path in books(tmp_path):
        for number, (_, cells) in enumerate(child._book(str(path)), 1):
            rows = streamed.rows(str(path), number)
            count += 1
            if rows is None or repr(told(rows)) != repr(told(cells())):
                differing.append(f"{path.name} {number}")
    print(f"\n{count - len(differing)} of {count} sheets read alike")
    assert differing == [] and count >= 165


def test_names_with_a_prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "LARGE", 0)
    path = tmp_path / "prefixed.xlsx"
    with zipfile.ZipFile(path, "w") as book:
        parts(book)
        cells = '<x:c r="B1"><x:v>7</x:v></x:c><x:c t="inlineStr"><x:is><x:t>二</x:t></x:is></x:c>'
        rows = f"<x:row>{cells}</x:row><x:row><x:c><x:v>8</x:v></x:c></x:row>"
        sheet = f'<x:worksheet xmlns:x="a"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
        book.writestr("xl/worksheets/sheet1.xml", sheet)
    assert told(streamed.rows(str(path), 1) or ()) == [(1, [None, 7, "二"]), (2, [8])]
    assert list(streamed.rows(str(path), 1, 1) or ()) == [[8]], "rows that do not tell their number are counted"


def test_kinds_of_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "LARGE", 0)
    path = tmp_path / "kinds.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("other").write(0, 0, "nothing")
        page = book.add_worksheet("mine")
        shapes = [book.add_format({"num_format": code}) for code in ("yyyy-mm-dd", "[h]:mm", '"d"0.0', "0;yy", "h:mm")]
        page.write_row(1, 1, ["客户 <&>\n二", 13800138000, 0.25, True, "", " 007 "])
        for place, (number, shape) in enumerate(zip((46112, 1.5, 2.5, 7, 0.5), shapes, strict=True)):
            page.write_number(4, place, number, shape)
        page.write_number(5, 0, 46112.25, shapes[0])
        page.write_formula(6, 0, "=1/0", None, "#DIV/0!")
        page.write_rich_string(7, 2, "one ", book.add_format({"bold": True}), "two")
    moments = [date(2026, 3, 31), timedelta(days=1.5), 2.5, 7, time(12)]
    assert told(streamed.rows(str(path), 2) or ()) == [
        (2, [None, "客户 <&>\n二", 13800138000, 0.25, True, None, " 007 "]),
        (5, moments),
        (6, [datetime.fromisoformat("2026-03-31T06:00")]),
        (8, [None, None, "one two"]),
    ]
    whole = list(streamed.rows(str(path), 2) or ())
    for after in range(10):
        assert list(streamed.rows(str(path), 2, after) or ()) == whole[after:]


def test_memory_stays_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seventy megabytes of a sheet within an address space that the other reader needs for its library alone."""
    path = tmp_path / "large.xlsx"
    text = "客户" * 500
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        parts(book)
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(b"<worksheet><sheetData>")
            for number in range(1, 25_001):
                row = f'<row r="{number}"><c r="A{number}"><v>{number}</v></c><c t="str"><v>{text}</v></c></row>'
                sheet.write(row.encode())
            sheet.write(b'</sheetData><mergeCells count="1"><mergeCell ref="B1:C2"/></mergeCells></worksheet>')
        assert book.getinfo("xl/worksheets/sheet1.xml").file_size > streamed.LARGE
    monkeypatch.setattr("portal.integrations.sheets.reader.MEGABYTES", 64)
    rows = sheets.read(path, 1)
    assert list(next(rows)) == [1, [1, text]]
    assert sum(1 for _ in rows) == 24_999
    monkeypatch.setattr("portal.integrations.sheets.reader.LOOK_MEGABYTES", 64)
    (looked,) = sheets.look(path, 3)
    assert (looked.name, looked.visible, looked.merged) == ("a", True, [[1, 1, 2, 2]])
    assert looked.rows == [(number, [number, text]) for number in (1, 2, 3)]


@pytest.mark.skipif(not CORPUS.exists(), reason="../shared/data is not here")
def test_both_looks_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, what is hidden and what is merged, of every workbook of the corpus that can be read row by row."""
    monkeypatch.setattr(streamed, "LARGE", 0)
    count = 0
    for path in books(tmp_path):
        found = streamed.sheets(str(path))
        if found:
            count += 1
            assert found == [told for told, _ in child._book(str(path))], path.name
    assert count >= 50


@pytest.mark.parametrize(
    "sheet",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData><row r="1"><c r="A1"><v>&a;</v></c></row></sheetData>',
        '<worksheet><sheetData><row r="2000000"><c r="A1"><v>1</v></c></row></sheetData></worksheet>',
        '<worksheet><sheetData><row r="2"/><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>',
        '<worksheet><sheetData><row r="1"><c r="ZZZ1"><v>1</v></c></row></sheetData></worksheet>',
        '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>99</v></c></row></sheetData></worksheet>',
        "<worksheet><sheetData>",
    ],
)
def test_what_breaks_the_format_is_refused(sheet: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        parts(book)
        book.writestr("xl/worksheets/sheet1.xml", sheet + " " * streamed.LARGE)
    with pytest.raises(sheets.SheetError):
        list(sheets.read(path, 1))


def parts(book: zipfile.ZipFile) -> None:
    """What a workbook of one sheet needs beside it."""
    names = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    sheet = '<sheet name="a" sheetId="1" r:id="r1"/>'
    book.writestr("xl/workbook.xml", f"<workbook {names}><sheets>{sheet}</sheets></workbook>")
    target = f'<Relationship Id="r1" Type="{kind}" Target="worksheets/sheet1.xml"/>'
    book.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{target}</Relationships>")
