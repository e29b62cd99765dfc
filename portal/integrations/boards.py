"""A table of figures as a workbook; no cell of it is ever a formula."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from portal import audit
from portal.extensions import transaction
from portal.integrations import mended
from portal.integrations.mended import put
from portal.security import Actor


def as_xlsx(entity_key: str, by: Actor, table: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """Yield the workbook in blocks, heads first, after writing down who takes the figures of which records out."""
    said = {"form": "xlsx", "columns": [str(head) for head in table[0]], "filtered": False, "sort": []}
    with transaction():
        audit.record("records.exported", by=by, entity=entity_key, data=said)
    return mended.blocks(lambda path: _write(path, table))


def _write(path: Path, table: Sequence[Sequence[Any]]) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    page = book.add_worksheet()
    bold = book.add_format({"bold": True, "bg_color": "#E8EEF0"})
    page.freeze_panes(1, 0)
    page.set_column(0, len(table[0]) - 1, 16)
    for place, head in enumerate(table[0]):
        page.write_string(0, place, str(head), bold)
    for line, row in enumerate(table[1:], 1):
        for place, cell in enumerate(row):
            put(page, line, place, cell)
    book.close()
