"""Reads one file and writes its rows to stdout; runs as a process of its own with limits, for files may be hostile.

It imports nothing of the portal but its neighbours here. Each line of output is JSON: an object
that begins a sheet, a list of [row number, cells], or {"end": true} as the last word. Dates are {"d": …}, moments
{"t": …}.
"""

import json
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from portal.integrations.sheets import delimited, streamed, worksheets

BATCH = 200
_ZIP = b"PK\x03\x04"
_BOOKS = (_ZIP, b"\xd0\xcf\x11\xe0", b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")


def main(path: str, sheet: str, head: str, after: str, *limits_and_shape: str) -> None:
    """Read the sheet of that number (0 is all), its first `head` filled rows (0 is all) below the row `after`."""
    megabytes, seconds, encoding, separator = limits_and_shape
    limit = int(megabytes) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    with Path(path).open("rb") as stream:
        start = stream.read(8)
    try:
        if not _stream(path, start, int(sheet), int(head), int(after)):
            found = _large(path) if int(head) and start.startswith(_ZIP) else None
            found = found or (_book(path) if start.startswith(_BOOKS) else _text(path, encoding, separator))
            _read(found, int(sheet), int(head), int(after))
    except MemoryError:
        _say({"error": "memory"})
    except Exception as error:
        _say({"error": "password" if "password" in f"{type(error).__name__} {error}".lower() else "unreadable"})


def _stream(path: str, start: bytes, sheet: int, head: int, after: int) -> bool:
    """Tell all rows of one large sheet as they come; False where it is no such sheet."""
    found = streamed.rows(path, sheet, after) if sheet and not head and start.startswith(_ZIP) else None
    if found is None:
        return False
    plain = ((at, [_plain(one) for one in row]) for at, row in enumerate(found, after + 1))
    _tell((at, cells) for at, cells in plain if any(map(_is_filled, cells)))
    _say({"end": True})
    return True


def _read(sheets: Iterator[tuple[dict[str, Any], Any]], wanted: int, head: int, after: int) -> None:
    for number, (told, found) in enumerate(sheets, 1):
        if wanted in (0, number):
            _say({"sheet": number, **told})
            filled = ((at, cells) for at, cells in enumerate(found(), 1) if at > after and any(map(_is_filled, cells)))
            _tell(islice(filled, head) if head else filled)
    _say({"end": True})


def _text(path: str, encoding: str, separator: str) -> Iterator[tuple[dict[str, Any], Any]]:
    shape = delimited.shape_of(Path(path), encoding, separator)
    told = {"name": Path(path).name, "encoding": shape.encoding, "separator": shape.separator}
    yield told, lambda: delimited.rows(Path(path), shape)


def _large(path: str) -> Iterator[tuple[dict[str, Any], Any]] | None:
    """The sheets of a workbook of which one is large, for a look at their first rows: it is held nowhere as a whole."""
    told = streamed.sheets(path) or []
    found = [rows for number, _ in enumerate(told, 1) if (rows := streamed.rows(path, number, least=0)) is not None]
    if not told or len(found) < len(told):
        return None
    return ((one, partial(_plain_rows, rows)) for one, rows in zip(told, found, strict=True))


def _plain_rows(rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    return ([_plain(cell) for cell in row] for row in rows)


def _book(path: str) -> Iterator[tuple[dict[str, Any], Any]]:
    import python_calamine

    book = python_calamine.load_workbook(path)
    for told in book.sheets_metadata:
        if told.typ == python_calamine.SheetTypeEnum.WorkSheet:
            visible = told.visible == python_calamine.SheetVisibleEnum.Visible
            sheet = book.get_sheet_by_name(told.name)
            yield {"name": told.name, "visible": visible, "merged": _merged(sheet)}, partial(_cells, sheet)


def _merged(sheet: Any) -> list[list[int]]:
    """The merged cells of the first rows: first row (from 1) and column (from 0), last row and column."""
    try:
        ranges = sheet.merged_cell_ranges or ()
    except Exception:  # a library that stumbles over decoration must not cost the data
        return []
    return [[top + 1, left, bottom + 1, right] for (top, left), (bottom, right) in ranges if top < worksheets.HEADS][
        : worksheets.MERGED
    ]


def _cells(sheet: Any) -> Iterator[list[Any]]:
    if sheet.start is None:
        return
    # iter_rows is lean, but cuts columns off where the sheet does not begin at A1.
    rows = sheet.iter_rows() if sheet.start == (0, 0) else sheet.to_python(skip_empty_area=False)
    for row in rows:
        yield [_plain(cell) for cell in row]


def _is_filled(cell: Any) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _plain(cell: Any) -> Any:
    """Whole floats as integers: the reader gives every number, phones too, as a float."""
    if type(cell) is float:
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    return None if cell == "" else cell


def _tell(rows: Iterable[tuple[int, list[Any]]]) -> None:
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        _say(batch)


def _say(line: Any) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True, separators=(",", ":"), default=_moment) + "\n")


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, time | timedelta):
        return str(value)
    return str(value)
