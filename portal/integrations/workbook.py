"""A workbook of records, written row by row: what was written is let go of, however many rows there are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask_babel import gettext

from portal.fields import Field
from portal.integrations import books
from portal.integrations.cells import HEAD, WIDTH, put
from portal.integrations.guards import escaped
from portal.integrations.watermark import Watermark

SHEET_ROWS = 1_048_576
"""Rows of a sheet with its headers, by the format (ECMA-376); what is more goes into further sheets."""
FOOTER = 200  # characters; Excel takes 255 with what we put around them


class Workbook:
    """The sheets of one list."""

    def __init__(self, book: Any, fields: Sequence[Field], mark: Watermark | None) -> None:
        self.book, self.fields, self.mark = book, fields, mark
        self.figures = [field.type.is_number for field in fields]
        self.shapes = [_shape(book, field) for field in fields]
        self.bold = book.add_format(HEAD)
        self.page, self.line = self._sheet(), 0

    def add(self, cells: Sequence[Any]) -> None:
        """Write one row, into a new sheet where the present one is full."""
        self.line += 1
        if self.line >= SHEET_ROWS:
            self.page, self.line = self._sheet(), 1
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                put(self.page, self.line, place, escaped(cell))
            else:
                put(self.page, self.line, place, float(cell) if self.figures[place] and cell is not None else cell)

    def add_about(self, mark: Watermark, rows: int) -> None:
        """Say on a last sheet whose file it is; an import looks at the first."""
        page = self.book.add_worksheet(gettext("About this file"))
        page.set_column(0, 0, WIDTH)
        page.set_column(1, 1, 80)
        for line, (name, said) in enumerate(mark.lines(rows)):
            page.write_string(line, 0, name, self.bold)
            page.write_string(line, 1, said)

    def _sheet(self) -> Any:
        page = self.book.add_worksheet()
        page.freeze_panes(1, 0)
        if self.mark is not None:
            said = self.mark.line[:FOOTER].replace("&", "&&")
            page.set_header(f"&R&8{said}")
            page.set_footer(f"&L&8{said}&R&8&P / &N")
        for place, field in enumerate(self.fields):
            page.set_column(place, place, WIDTH, self.shapes[place])
            page.write_string(0, place, str(field.label), self.bold)
        return page


@contextmanager
def opened(path: Path, fields: Sequence[Field], mark: Watermark | None) -> Iterator[Workbook]:
    """A workbook at the path, finished at the end; its temporary files lie beside it."""
    book = books.new(path, constant_memory=True, tmpdir=str(path.parent))
    try:
        if mark is not None:
            book.set_properties(
                {"title": mark.title, "author": mark.name, "comments": mark.line, "keywords": mark.mark}
            )
        yield Workbook(book, fields, mark)
        book.close()
    except BaseException:
        book.fileclosed = True  # else it would be finished when the collector comes by
        raise


def _shape(book: Any, field: Field) -> Any:
    return book.add_format({"num_format": field.type.sheet_format}) if field.type.sheet_format else None
