"""The workbook of rows that were not taken, with the reasons: mended, it can be sent again."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal.extensions import db
from portal.fields import Field
from portal.integrations import books
from portal.integrations.account import untold
from portal.integrations.cells import HEAD, MOMENT, put
from portal.integrations.models import Import, RefusedRow

OPTIONS = "options"
WIDTH = 18


def write(plan: Import, path: Path) -> int:
    """Write the refused rows, then those that were left out, into a workbook; returns how many."""
    book = books.new(path, constant_memory=True, default_date_format="yyyy-mm-dd")
    moment = book.add_format(MOMENT)
    bold, red = book.add_format(HEAD), book.add_format({"font_color": "#B3261E"})
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


def write_template(fields: Sequence[Field], path: Path) -> None:
    """Write an empty workbook with the fields as headers; a drop-down list offers the options."""
    book = books.new(path)
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
    letters = books.column(place)
    return f"={OPTIONS}!{letters}$1:{letters}${len(options)}"


def _rows(plan: Import, *, is_error: bool) -> Iterator[RefusedRow]:
    select = sa.select(RefusedRow).where(RefusedRow.import_id == plan.id, RefusedRow.is_error == is_error)
    yield from db.session.scalars(select.order_by(RefusedRow.row), execution_options={"yield_per": 500})


def _chain(first: RefusedRow | None, rest: Iterator[RefusedRow]) -> Iterator[RefusedRow]:
    if first is not None:
        yield first
        yield from rest
