"""F9: an import's worker is killed -9 again and again, then that of its undo; every row is accounted for once."""

import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter

from portal import jobs, records, schema
from portal.audit import AuditLine
from portal.extensions import db
from portal.integrations import Import, imports, undoing
from portal.settings import Settings
from tests.faults.figures import FULL, figures, usual
from tests.jobs.workbench import running, wait_for

pytestmark = [pytest.mark.fault, pytest.mark.long]

ROWS = int(os.environ.get("FAULTS_ROWS", "1000000" if FULL else "6000"))
KILLS = 10 if FULL else 2
RESUMES_WITHIN = 30 if FULL else 120
TOUCHED, UNDO_KILLS = 5, KILLS if FULL else 1
HEADERS = ("外部编号", "客户名称", "电话", "邮箱", "员工人数", "最近联系日期")


def lines() -> Iterator[list[Any]]:
    """Good rows; every hundredth has no phone number, every thousandth repeats the first."""
    for number in range(ROWS):
        key = "K0" if number and number % 1000 == 0 else f"K{number}"
        phone = "no phone" if number % 100 == 50 else f"138{number:08d}"
        yield [key, f"客户{number}", phone, f"c{number}@example.cn", number % 500, "2026-03-31"]


@pytest.fixture
def checked(app: Any, people: Any, tmp_path: Path) -> Import:
    """An import that was checked and waits to be started."""
    path = tmp_path / "many.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for at, row in enumerate(_with_headers()):
            page.write_row(at, 0, row)
    plan = imports.begin(schema.current().entities["customer"], io.BytesIO(path.read_bytes()), path.name, people.alice)
    imports.set_columns(plan, {int(at): key for at, key in plan.columns.items()}, people.alice)
    plan_id = plan.id
    assert jobs.run_now(plan.job_id or 0).state == "done"
    return db.session.get_one(Import, plan_id, populate_existing=True)


def _with_headers() -> Iterator[Any]:
    yield HEADERS
    yield from lines()


def test_kills_in_the_middle_of_an_import(checked: Import, people: Any, settings: Settings) -> None:
    expected = dict(checked.checked["counts"])
    refused, repeated = ROWS // 100, (ROWS - 1) // 1000
    assert expected == {"created": ROWS - refused - repeated, "refused": refused, "skipped": repeated}
    imports.start(checked, people.alice)
    plan_id, began = checked.id, time.monotonic()
    resumed = killed_again_and_again(settings, lambda: seen(plan_id), ROWS, KILLS, lambda: state(plan_id) == "done")
    sums = imports.sums(db.session.get_one(Import, plan_id))
    assert {fate: count for fate, count in sums.items() if count} == expected
    assert sum(sums.values()) == db.session.get_one(Import, plan_id).total == ROWS
    table = records.tables.table_of("customer")
    count, distinct = db.session.execute(
        sa.select(sa.func.count(), sa.func.count(sa.distinct(table.c.external_id))).select_from(table)
    ).one()
    assert count == distinct == expected["created"], "every row once"
    stored_in = time.monotonic() - began
    undone, again = kills_in_the_middle_of_its_undo(plan_id, people, settings)
    figures(
        f"F9 {db.engine.dialect.name}: {ROWS} rows, {KILLS} kills -9 of the worker: "
        f"{count} stored in {stored_in:.0f} s, {count - distinct} duplicates, goes on within {max(resumed):.1f} s; "
        f"{UNDO_KILLS} kills while undone in {undone:.0f} s (goes on within {max(again):.1f} s), "
        f"all but the {TOUCHED} that somebody changed"
    )
    assert max(*resumed, *again) <= RESUMES_WITHIN


def killed_again_and_again(
    settings: Settings, done: Callable[[], int], rows: int, kills: int, is_ended: Callable[[], bool]
) -> list[float]:
    """Kill whoever works, until the last may end it; how long after each kill the next rows were done."""
    lasting, resumed, killed = usual(settings) if FULL else settings, list[float](), time.monotonic()
    with running("scheduler", lasting):
        for kill in range(1, kills + 2):
            before, goal = done(), kill * rows // (kills + 2)
            with running("worker", lasting) as worker:
                wait_for(lambda before=before: done() > before, 600)  # type: ignore[misc]
                resumed.append(time.monotonic() - killed)
                if kill > kills:
                    wait_for(is_ended, 3600 if FULL else 180)
                    break
                wait_for(lambda goal=goal: done() >= goal, 3600 if FULL else 120)  # type: ignore[misc]
                os.killpg(worker.pid, 9)
                killed = time.monotonic()
    return resumed[1:]


def kills_in_the_middle_of_its_undo(plan_id: int, people: Any, settings: Settings) -> tuple[float, list[float]]:
    """Every created record is archived once, but for those somebody changed; how long it and each going on took."""
    table = records.tables.table_of("customer")
    touched = list(db.session.scalars(sa.select(table.c.id).order_by(table.c.id).limit(TOUCHED)))
    for id_ in touched:
        records.save(records.fetch("customer", id_, people.dora), {"remark": "kept"}, by=people.dora)
    created = imports.sums(db.session.get_one(Import, plan_id))["created"]
    began = time.monotonic()
    undoing.start(db.session.get_one(Import, plan_id), people.alice)
    done = lambda: progress(plan_id)  # noqa: E731
    again = killed_again_and_again(settings, done, created, UNDO_KILLS, lambda: state(plan_id) == "undone")
    seconds = time.monotonic() - began
    plan = db.session.get_one(Import, plan_id)
    assert plan.undone == {"archived": created - TOUCHED, "restored": 0, "kept": TOUCHED}
    assert archived() == created - TOUCHED and [one.record_id for one in undoing.kept(plan)] == touched
    alive = set(db.session.scalars(sa.select(table.c.id).where(table.c.archived_at.is_(None))))
    assert alive == set(touched), "what somebody changed stays"
    lines = sa.select(sa.func.count(), sa.func.count(sa.distinct(AuditLine.record_id)))
    told = db.session.execute(lines.where(AuditLine.action == "record.archived")).one()
    assert tuple(told) == (created - TOUCHED, created - TOUCHED), "every deed is told once"
    return seconds, again


def archived() -> int:
    db.session.rollback()
    table = records.tables.table_of("customer")
    return db.session.scalar(sa.select(sa.func.count()).where(table.c.archived_at.is_not(None))) or 0


def progress(plan_id: int) -> int:
    """How far the job of the import has come."""
    db.session.rollback()
    return db.session.get_one(jobs.Job, db.session.get_one(Import, plan_id).job_id).done or 0


def seen(plan_id: int) -> int:
    """How many rows are stored and accounted for."""
    return sum(imports.sums(db.session.get_one(Import, plan_id)).values())


def state(plan_id: int) -> str:
    db.session.expire_all()
    return db.session.get_one(Import, plan_id).state
