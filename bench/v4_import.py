"""V4: import a workbook of 15 columns with all checks and the look-up of duplicates, against read and bulk insert."""

import random
import subprocess
import sys
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

MOST_ROWS = 100_000  # of what is timed
MEGABYTES = 300.0  # that may be held at once, however many rows come
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


@measure("V4", "import, all checks", most=4.0)
def pairs(world: World) -> Iterator[Pair]:
    """The run of an import that was checked, and the smallest program that reads and inserts; then its memory."""
    count = iter(range(1000))
    rows = min(world.size, MOST_ROWS)
    last = db.session.scalar(sa.select(sa.func.max(records.tables.table_of("customer").c.id))) or 0

    def ours() -> float:
        job_id = _checked(world, rows, f"o{world.size}r{next(count)}")
        begun = time.perf_counter()
        job = jobs.run_now(job_id)
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

    yield Pair("xlsx of 15 columns", ours, floor, rounds=3 if rows > 20_000 else 5, rows=rows)
    _forget(last)
    for name, held in zip(("worker", "reader"), _held(world), strict=True):
        yield Pair(f"peak of memory, {name}", lambda held=held: held, lambda: MEGABYTES, most=1.0, rounds=1, unit="MB")
    _forget(last)


def _checked(world: World, rows: int, seed: str) -> int:
    """A job that stores so many rows, checked before as far as the run asks for it."""
    path = world.folder / "ours.xlsx"
    workbook(path, rows, seed)
    with path.open("rb") as file:
        plan = imports.begin(schema.current().entities["customer"], file, path.name, world.seller)
    imports.set_columns(plan, dict(enumerate(FIELDS)), world.seller)
    plan_id = plan.id
    jobs.cancel(plan.job_id or 0)
    plan = db.session.get_one(Import, plan_id)
    plan.state = "checked"
    imports.start(plan, world.seller)
    return plan.job_id or 0


def _held(world: World) -> tuple[float, float]:
    """The most megabytes of the worker and of its reader while as many rows come as there are customers."""
    job_id = _checked(world, world.size, f"m{world.size}")
    db.session.commit()
    url, redis = db.engine.url.render_as_string(hide_password=False), world.app.config["PORTAL"].redis_url
    command = [sys.executable, "-m", "bench.importing", url, str(world.folder), redis, str(job_id)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return float(told[0]), float(told[1])


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
