"""The workbook of rows that were not taken, with the reasons: mended, it can be sent again."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import xlsxwriter
from flask_babel import gettext

from portal.extensions import db
from portal.fields import Field
from portal.integrations.account import untold
from portal.integrations.models import Import, RefusedRow

OPTIONS = "options"
WIDTH = 18
BLOCK = 1 << 16


def blocks(write: Callable[[Path], object]) -> Iterator[bytes]:
    """What `write` puts into a temporary file, in blocks; the file is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        path = Path(folder) / "made"
        write(path)
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                yield block


def write(plan: Import, path: Path) -> int:
    """Write the refused rows, then those that were left out, into a workbook; returns how many."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    bold, red = book.add_format({"bold": True, "bg_color": "#E8EEF0"}), book.add_format({"font_color": "#B3261E"})
    count = 0
    for title, is_error in ((gettext("Refused"), True), (gettext("Left out"), False)):
        rows = _rows(plan, is_error=is_error)
        first = next(rows, None)
        if first is None and not is_error:
            continue
        page = book.add_worksheet(title)
        width = len(plan.headers)
        page.set_column(0, max(0, width - 1), WIDTH)
        page.set_column(width, width, 60)
        page.freeze_panes(1, 0)
        for place, header in enumerate([*plan.headers, gettext("Reason")]):
            page.write_string(0, place, header, bold)
        for line, row in enumerate(_chain(first, rows), 1):
            count += 1
            for place, cell in enumerate(row.cells[:width]):
                put(page, line, place, untold(cell), moment)
            page.write_string(line, width, " ".join(row.reasons), red)
    book.close()
    return count


def write_lines(lines: Iterable[Sequence[object]], path: Path) -> None:
    """Write lines into a workbook, the first of them as its headers."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    page, bold = book.add_worksheet(), book.add_format({"bold": True, "bg_color": "#E8EEF0"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    page.freeze_panes(1, 0)
    page.set_row(0, None, bold)
    for line, cells in enumerate(lines):
        for place, cell in enumerate(cells):
            put(page, line, place, cell, moment)
    book.close()


def write_template(fields: Sequence[Field], path: Path) -> None:
    """Write an empty workbook with the fields as headers; a drop-down list offers the options."""
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    bold, must = (book.add_format({"bold": True, "bg_color": colour}) for colour in ("#E8EEF0", "#FBE3D6"))
    page.freeze_panes(1, 0)
    for place, field in enumerate(fields):
        shape = book.add_format({"num_format": field.type.sheet_format or "@"})
        page.set_column(place, place, WIDTH, shape)
        page.write_string(0, place, str(field.label), must if field.required else bold)
        options = [str(label) for _, label in field.type.choices() or ()]
        if options and not field.type.is_many:
            chosen = options if len(",".join(options)) < 255 else _listed(book, place, options)
            page.data_validation(1, place, 10_000, place, {"validate": "list", "source": chosen, "ignore_blank": True})
    book.close()


def _listed(book: Any, place: int, options: Sequence[str]) -> str:
    """Put options too long for a rule into a hidden sheet; what the rule says instead."""
    sheet = book.get_worksheet_by_name(OPTIONS) or book.add_worksheet(OPTIONS)
    sheet.hide()
    for line, option in enumerate(options):
        sheet.write_string(line, place, option)
    letters = xlsxwriter.utility.xl_col_to_name(place, True)
    return f"={OPTIONS}!{letters}$1:{letters}${len(options)}"


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


def _rows(plan: Import, *, is_error: bool) -> Iterator[RefusedRow]:
    select = sa.select(RefusedRow).where(RefusedRow.import_id == plan.id, RefusedRow.is_error == is_error)
    yield from db.session.scalars(select.order_by(RefusedRow.row), execution_options={"yield_per": 500})


def _chain(first: RefusedRow | None, rest: Iterator[RefusedRow]) -> Iterator[RefusedRow]:
    if first is not None:
        yield first
        yield from rest
