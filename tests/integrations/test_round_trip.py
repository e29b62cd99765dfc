"""S12: what is exported holds no formula, and our own import reads the very values back."""

import csv
import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import records
from portal.extensions import db, transaction
from portal.fields import Field
from portal.integrations import exports, guards, sheets, workbook
from portal.integrations.row_reader import RowReader

STARTS = [
    "=",
    "+",
    "-",
    "@",
    "＝",
    "＋",
    "－",
    "＠",
    "\t",
    "\r",
    "\n",
    " ",
    "　",
    "'",
    '"',
    ",",
    ";",
    "a",
    "1",
    "中",
    "\u200b",
]
DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
RECORDS = 2500


@pytest.fixture
def engine_name() -> str:
    """SQLite alone: the database has no part in it."""
    return "sqlite"


def texts(entity) -> list[Field]:
    """Four fields that take any text."""
    kinds = {"text", "long_text"}
    found = [one for one in entity.writable().values() if one.type.key in kinds and not one.unique]
    free = [one for one in found if not getattr(one.type, "pattern", None)]
    return sorted(free, key=lambda one: one.key != "name")[:4]


def test_ten_thousand_values_come_back(app, people, tmp_path):
    entity, rng = records.tables.entity_of("customer"), random.Random(12)
    fields = texts(entity)
    assert len(fields) * RECORDS >= 10_000
    rows = []
    for at in range(RECORDS):
        raw = {one.key: "".join(rng.choice(STARTS) for _ in range(rng.randint(0, 6))) for one in fields}
        raw["name"] = f"{raw['name']}{at}"
        rows.append({one.key: one.type.parse(raw[one.key]) for one in fields})
    with transaction():
        saved = records.bulk.save_many("customer", rows, by=people.admin)
    assert len(saved.ids) == RECORDS
    export = exports.Export(entity, people.admin, tuple(one.key for one in fields), None, ("id",))
    reader = RowReader(entity, {at: one.key for at, one in enumerate(fields)}, people.admin)
    expected = [{key: value for key, value in row.items() if value is not None} for row in rows]
    for form in exports.FORMATS:
        path = tmp_path / f"list.{form}"
        with exports.made(export, form) as file:
            path.write_bytes(file.path.read_bytes())
        found = [row.values for row in reader.read(list(sheets.read(path, 1))[1:])]
        assert found == expected, form
    db.session.rollback()
    with zipfile.ZipFile(tmp_path / "list.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    for row in csv.reader(io.StringIO((tmp_path / "list.csv").read_text("utf-8-sig"), newline="")):
        assert not [cell for cell in row if cell.strip(" \t\r\n　").startswith(DANGEROUS)]


@settings(max_examples=40)
@given(st.lists(st.text(max_size=12) | st.builds("".join, st.lists(st.sampled_from(STARTS), max_size=6)), max_size=20))
def test_any_text_comes_back_from_a_workbook(tmp_path_factory, texts):
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    with workbook.opened(path, [], None) as book:
        book.figures = [False]
        for text in texts:
            book.add([text])
    found = {number: guards.unguarded(str(cells[0])) for number, cells in sheets.read(path, 1)}
    for number, text in enumerate(texts, 2):
        if text.strip():
            assert found[number] == text
