"""Where the worksheets of a workbook lie, and what is told of each before its rows are read."""

import re
import zipfile
from typing import Any

from portal.integrations.sheets.elements import elements

HEADS = 20  # rows in which a merged cell may be part of headers
MERGED = 200  # merged cells that are told
TAIL = 1 << 20  # bytes at the end of a sheet in which what is merged stands, behind all rows
_RANGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def parts(book: zipfile.ZipFile) -> list[tuple[str, bool, str]]:
    """Name, whether it is visible, and part of each worksheet, as far as the workbook is made as usual."""
    names = set(book.namelist())
    if not {_BOOK, _RELATIONS} <= names:
        return []
    told = {
        found["Id"]: found["Target"]
        for name, found in elements(book, _RELATIONS)
        if name == "Relationship" and found.get("Type", "").endswith("/worksheet")
    }
    sheets = [found for name, found in elements(book, _BOOK) if name == "sheet" and found.get("r:id") in told]
    return [
        (found.get("name", ""), found.get("state", "visible") == "visible", _place(told[found["r:id"]]))
        for found in sheets
    ]


def _place(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def merged(book: zipfile.ZipFile, part: str) -> list[list[int]]:
    """The merged cells of the first rows: first row (from 1) and column (from 0), last row and column."""
    tail = b""
    with book.open(part) as stream:
        while block := stream.read(TAIL):
            tail = (tail + block)[-TAIL:]
    end = tail.rfind(b"sheetData>")
    ranges: list[Any] = _RANGE.findall(tail, end) if end >= 0 else []
    found = [[int(top), column(left), int(bottom), column(right)] for left, top, right, bottom in ranges]
    return [one for one in found if one[0] <= HEADS][:MERGED]


def column(letters: bytes | str) -> int:
    """The number of a column from 0."""
    number = 0
    for letter in letters if isinstance(letters, bytes) else letters.encode("ascii"):
        number = number * 26 + letter - 64
    return number - 1
