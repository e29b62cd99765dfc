"""V4: import a workbook of 15 columns with all checks and the look-up of duplicates, against read and bulk insert."""

import io
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import python_calamine
import sqlalchemy as sa
import xlsxwriter

from bench.frame import Pair, measure
from bench.world import World, settle
from portal import jobs, records, schema
from portal.extensions import db, transaction
from portal.integrations import Import, imports
from portal.records.token_index import SearchEntry
from portal.rules.tiers import TierMove

FIELDS = ("external_id", "name", "short_name", "segment", "industry", "source", "employees", "region", "province")
FIELDS += ("city", "address", "phone", "email", "last_contact_on", "remark")


def workbook(path: Path, rows: int, seed: str) -> None:
    """As many rows as people would send: choices by label, phones as numbers, days as text."""
    entity, rng = schema.current().entities["customer"], random.Random(seed)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [str(entity.fields[key].label) for key in FIELDS])
        choices = {key: [str(label) for _, label in entity.fields[key].type.choices() or ()] for key in FIELDS}
        for at in range(1, rows + 1):
            row: list[Any] = [rng.choice(choices[key]) if choices[key] else f"{key} {at % 977}" for key in FIELDS]
            row[0], row[1], row[6] = f"{seed}-{at}", f"客户{seed}{at}", at % 5000
            row[11], row[12], row[13] = (
                13000000000 + rng.randrange(10**9),
                f"c{at}@example.cn",
                f"2026-03-{at % 28 + 1:02d}",
            )
            page.write_row(at, 0, row)


@measure("V4", "Import of a workbook, 15 columns, all checks on (rows a second)", most=4.0, largest=100_000)
def pairs(world: World) -> Iterator[Pair]:
    """The run of an import that was checked, and the smallest program that reads and inserts."""
    count = iter(range(1000))
    rows = min(world.size, 100_000)

    def ours() -> float:
        path = world.folder / "ours.xlsx"
        workbook(path, rows, f"o{world.size}r{next(count)}")
        seller = world.seller
        plan = imports.begin(schema.current().entities["customer"], io.BytesIO(path.read_bytes()), path.name, seller)
        mapped = dict(enumerate(FIELDS))
        imports.set_columns(plan, mapped, seller)
        plan_id = plan.id
        jobs.cancel(plan.job_id or 0)
        plan = db.session.get_one(Import, plan_id)
        plan.state = "checked"
        imports.start(plan, seller)
        begun = time.perf_counter()
        job = jobs.run_now(plan.job_id or 0)
        assert job.result["created"] == rows, job.result
        return time.perf_counter() - begun

    def floor() -> float:
        path = world.folder / "floor.xlsx"
        workbook(path, rows, f"f{world.size}r{next(count)}")
        begun = time.perf_counter()
        table, entity = records.tables.table_of("customer"), schema.current().entities["customer"]
        names = [entity.fields[key].column for key in FIELDS]
        _, *cells = python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()
        now = sa.func.now()
        at = {"version": 1, "created_at": now, "updated_at": now}
        values = [dict(zip(names, _plain(row), strict=True)) for row in cells]
        with transaction():
            db.session.connection().execute(sa.insert(table).values(at), values)
        return time.perf_counter() - begun

    last = db.session.scalar(sa.select(sa.func.max(records.tables.table_of("customer").c.id))) or 0
    yield Pair("customers", ours, floor, rounds=3 if rows > 20_000 else 5, rows=rows)
    _forget(last)


def _forget(last: int) -> None:
    """Take away what came in, lest the measures that follow meet many times the customers they speak of.

    The lines of the audit log stay, as they always do.
    """
    table = records.tables.table_of("customer")
    with transaction():
        db.session.execute(sa.delete(table).where(table.c.id > last))
        for model in (SearchEntry, TierMove):
            mine = sa.and_(model.entity == "customer", model.record_id > last)
            db.session.execute(sa.delete(model).where(mine))
    settle()


def _plain(row: list[Any]) -> list[Any]:
    """The cells as the columns take them, with no check at all."""
    from datetime import date

    row[6], row[11], row[13] = int(row[6]), f"+86{row[11]:.0f}", date.fromisoformat(row[13])
    return row
