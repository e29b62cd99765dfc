"""Lists as files: the rows and fields that the person may take out, written in pages, and no cell ever a formula."""

import csv
import hashlib
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal import audit, records
from portal.errors import Forbidden
from portal.extensions import db, transaction
from portal.fields import Field
from portal.integrations import workbook, written
from portal.integrations.guards import guarded
from portal.integrations.watermark import Watermark
from portal.records import Record
from portal.schema import Entity, conditions
from portal.security import Actor, policy

PAGE = 1000
FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
Told = Callable[[int], object]


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

    def check(self) -> None:
        """Raise Forbidden without the right to take these records out."""
        if not (policy.may(self.person, "export") and policy.can(self.person, "export", self.entity.key)):
            raise Forbidden

    def record(self, form: str, **told: Any) -> None:
        """Write down that somebody takes these data out; raises Forbidden without the right to."""
        self.check()
        said = self.sentence()
        data = {"form": form, "columns": list(self.columns), "filtered": bool(said), "sort": list(self.sort), **told}
        with transaction():
            audit.record("records.exported", by=self.person, entity=self.entity.key, data=data)

    def sentence(self) -> str:
        """The filters as people read them; nothing without any."""
        said = [self.condition.sentence()] if self.condition and self.condition.fields() else []
        return ", ".join([*said, *([f"“{self.text}”"] if self.text else [])])

    def count(self) -> int:
        """How many records the person may take out of this list."""
        where = records.selection.where(
            self.entity.key, self.person, self.condition, text=self.text, archived=self.archived
        )
        table = records.tables.table_of(self.entity.key)
        select = sa.select(sa.func.count()).select_from(table).where(*where, self._mine(table))
        return int(db.session.execute(select).scalar_one())

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
            for record in page.records:
                record.labels = {}  # they hold all of the page: without this only the collector would let go of it
            after = page.next
            if after is None:
                return

    def _takeable(self, ids: Sequence[int]) -> set[int]:
        table = records.tables.table_of(self.entity.key)
        return set(db.session.scalars(sa.select(table.c.id).where(table.c.id.in_(ids), self._mine(table))))

    def _mine(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return policy.rows(self.person, "export", self.entity, table, records.tables.table_of)


@dataclass(frozen=True)
class Made:
    """A finished file: where it lies for the moment, how many rows it has, and its checksum."""

    path: Path
    rows: int
    sha256: str
    size: int


@contextmanager
def made(export: Export, form: str, mark: Watermark | None = None, told: Told = lambda rows: None) -> Iterator[Made]:
    """Write the list into a file that is gone afterwards; `told` hears the number of rows, page by page."""
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        path = Path(folder) / "made"
        rows = WRITERS[form](export, path, mark, told)
        hashing = hashlib.sha256()
        for block in written.blocks(path):
            hashing.update(block)
        yield Made(path, rows, hashing.hexdigest(), path.stat().st_size)


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


def _write_csv(export: Export, path: Path, mark: Watermark | None, told: Told) -> int:
    """A text has no place for a watermark that an import would not take for a row: the name of the file bears it."""
    rows = -1
    with path.open("w", encoding="utf-8", newline="") as stream:
        for rows, line in enumerate(as_csv(export)):
            stream.write(line)
            if rows and rows % PAGE == 0:
                told(rows)
    return rows


def _write_xlsx(export: Export, path: Path, mark: Watermark | None, told: Told) -> int:
    fields, rows = export.fields(), 0
    with workbook.opened(path, fields, mark) as book:
        for rows, record in enumerate(export.rows(), 1):
            book.add([value_of(record, field) for field in fields])
            if rows % PAGE == 0:
                told(rows)
        if mark is not None:
            book.add_about(mark, rows)
    return rows


WRITERS: dict[str, Callable[[Export, Path, Watermark | None, Told], int]] = {"xlsx": _write_xlsx, "csv": _write_csv}
