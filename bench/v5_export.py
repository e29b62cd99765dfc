"""V5: a list of customers taken out as a workbook, beside one statement and the bare writer; its memory."""

import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
import xlsxwriter

from bench.frame import Pair, measure
from bench.world import World
from portal import schema
from portal.extensions import db
from portal.integrations import exports
from portal.security import Person

COLUMNS = ("name", "phone", "email", "city", "industry", "status", "employees", "last_contact_on", "wish", "score")
ROWS = 100_000
FLAT = 1.2
"""The peak of memory may be so many times that of a list a tenth as long: it does not grow with the rows."""
FEW = 2000  # rows of the shorter list at least, so that it fills pages too


@measure("V5", "export to xlsx", most=1.5)
def export(world: World) -> Iterator[Pair]:
    """Ten columns of all customers, at most a hundred thousand, as an admin."""
    rows = min(world.size, ROWS)
    last, tenth = _id_at(ROWS), _id_at(max(rows // 10, FEW))
    yield Pair("ten columns", lambda: _ours(world.admin, last), lambda: _bare(world, last), rounds=3, rows=rows)
    yield Pair(
        "peak of memory, and of a tenth of the rows",
        lambda: _peak(world.admin, last),
        lambda: _peak(world.admin, tenth),
        most=FLAT,
        rounds=1,
        unit="MB",
    )


def _id_at(number: int) -> int | None:
    """The id before which so many customers stand; None where there are no more."""
    select = sa.text("SELECT id FROM record_customer ORDER BY id LIMIT 1 OFFSET :n")
    return db.session.scalar(select, {"n": number})


def _export(person: Person, before: int | None) -> exports.Export:
    entity = schema.current().entities["customer"]
    condition = schema.conditions.parse({"id": {"lt": before}}, entity) if before else None
    return exports.Export(entity, person, COLUMNS, condition, ("id",))


def _ours(person: Person, before: int | None) -> None:
    with exports.made(_export(person, before), "xlsx"):
        pass


def _bare(world: World, before: int | None) -> None:
    """The same cells, dates as dates and labels for choices, by the writer alone."""
    fields = [schema.current().entities["customer"].fields[key] for key in COLUMNS]
    labels = [dict(field.type.choices() or ()) for field in fields]
    columns = ", ".join(world.column(key) for key in COLUMNS)
    where = f"archived_at IS NULL AND id < {before}" if before else "archived_at IS NULL"
    statement = f"SELECT {columns} FROM record_customer WHERE {where} ORDER BY id"
    with tempfile.TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(str(Path(folder) / "bare.xlsx"), {"constant_memory": True})
        page = book.add_worksheet()
        for line, row in enumerate(db.session.connection().exec_driver_sql(statement), 1):
            for place, value in enumerate(row):
                if value is not None:
                    page.write(line, place, str(labels[place][value]) if value in labels[place] else value)
        book.close()


def _peak(person: Person, before: int | None) -> float:
    """The most that Python held at once, in megabytes."""
    tracemalloc.start()
    try:
        _ours(person, before)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
        db.session.rollback()
