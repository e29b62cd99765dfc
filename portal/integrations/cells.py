"""Cells of workbooks, each written by its kind: none is ever a formula."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from portal.integrations import books

HEAD = {"bold": True, "bg_color": "#E8EEF0"}
MOMENT = {"num_format": "yyyy-mm-dd hh:mm:ss"}
WIDTH = 16  # of a column, in characters


def put(page: Any, line: int, place: int, cell: Any, moment: Any = None) -> None:
    """Write a cell by its kind; text is never a formula."""
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        page.write_boolean(line, place, cell)
    elif isinstance(cell, int | float) and abs(cell) < 1e15:
        page.write_number(line, place, cell)
    elif isinstance(cell, datetime):
        page.write_datetime(line, place, cell.replace(tzinfo=None), moment)
    elif isinstance(cell, date):
        page.write_datetime(line, place, cell)
    else:
        page.write_string(line, place, str(cell)[:32767])


def write_lines(lines: Iterable[Sequence[object]], path: Path) -> None:
    """Write lines into a workbook, the first of them as its headers."""
    book = books.new(path, constant_memory=True)
    page, bold, moment = book.add_worksheet(), book.add_format(HEAD), book.add_format(MOMENT)
    page.freeze_panes(1, 0)
    page.set_row(0, None, bold)
    for line, cells in enumerate(lines):
        if line == 0:
            page.set_column(0, max(0, len(cells) - 1), WIDTH)
        for place, cell in enumerate(cells):
            put(page, line, place, cell, moment)
    book.close()
