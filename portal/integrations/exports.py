"""Lists as files: the rows and fields that the person may take out, streamed, and no cell ever a formula."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import xlsxwriter

from portal import audit, records
from portal.errors import Forbidden
from portal.extensions import db, transaction
from portal.fields import Field
from portal.integrations import mended
from portal.integrations.guards import guarded
from portal.integrations.mended import put
from portal.records import Record
from portal.schema import Entity, conditions
from portal.security import Actor, policy

PAGE = 1000
FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class Export:
    """What a list shows, to be taken out by one person."""

    entity: Entity
    person: Actor
    columns: tuple[str, ...]
    condition: conditions.Condition | None = None
    sort: tuple[str, ...] = ()
    text: str = ""
    archived: bool = False

    def fields(self) -> list[Field]:
        """The columns that the person may know of at all."""
        return records.reading.chosen(self.person, self.entity, self.columns)

    def record(self, form: str) -> None:
        """Write down that somebody takes these data out; raises Forbidden without the right to."""
        if not (policy.may(self.person, "export") and policy.can(self.person, "export", self.entity.key)):
            raise Forbidden
        said = self.condition.sentence() if self.condition else ""
        with transaction():
            audit.record(
                "records.exported",
                by=self.person,
                entity=self.entity.key,
                data={"form": form, "columns": list(self.columns), "filtered": bool(said), "sort": list(self.sort)},
            )

    def rows(self) -> Iterator[Record]:
        """The records, page by page, without those that the person may see but not take out."""
        after = None
        while True:
            page = records.search(
                self.entity.key,
                self.person,
                condition=self.condition,
                sort=self.sort,
                after=after,
                limit=PAGE,
                columns=self.columns,
                text=self.text,
                archived=self.archived,
            )
            takeable = self._takeable([record.id for record in page.records if record.id is not None])
            yield from (record for record in page.records if record.id in takeable)
            after = page.next
            if after is None:
                return

    def _takeable(self, ids: Sequence[int]) -> set[int]:
        table_of = records.tables.table_of
        table = table_of(self.entity.key)
        mine = policy.rows(self.person, "export", self.entity, table, table_of)
        return set(db.session.scalars(sa.select(table.c.id).where(table.c.id.in_(ids), mine)))


def value_of(record: Record, field: Field) -> Any:
    """The cell of a field: typed where the person may read it, a mask or nothing where not."""
    if record.value(field.key) is None:
        return record.text(field.key) or None
    return field.type.export_named(record[field.key], record.labels)


def as_csv(export: Export) -> Iterator[str]:
    """The list as text for spreadsheets, with a mark that tells them it is UTF-8."""
    fields = export.fields()
    yield "\ufeff" + _line([guarded(str(field.label)) for field in fields])
    for record in export.rows():
        yield _line([_text(record, field) for field in fields])


def _text(record: Record, field: Field) -> str:
    cell = value_of(record, field)
    if cell is None or isinstance(cell, str):
        return guarded(cell or "")
    return field.type.input_text(record[field.key])


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def as_xlsx(export: Export) -> Iterator[bytes]:
    """The list as a workbook, in blocks."""
    return mended.blocks(lambda path: _write(export, path))


def _write(export: Export, path: Path) -> None:
    fields = export.fields()
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    page = book.add_worksheet()
    bold = book.add_format({"bold": True, "bg_color": "#E8EEF0"})
    page.freeze_panes(1, 0)
    for place, field in enumerate(fields):
        shape = book.add_format({"num_format": field.type.sheet_format}) if field.type.sheet_format else None
        page.set_column(place, place, 16, shape)
        page.write_string(0, place, str(field.label), bold)
    for line, record in enumerate(export.rows(), 1):
        for place, field in enumerate(fields):
            cell = value_of(record, field)
            is_figure = field.type.is_number and cell is not None and not isinstance(cell, str)
            put(page, line, place, float(cell) if is_figure else cell)
    book.close()
