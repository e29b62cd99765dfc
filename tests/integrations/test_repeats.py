"""Rows of one file that are about the same are found, however far apart, in memory that stays flat."""

import tracemalloc
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from portal import jobs
from portal.extensions import db
from portal.integrations import Import, imports
from portal.integrations.models import RefusedRow
from portal.integrations.repeats import Repeats

HEADERS = ["外部编号", "客户名称", "手机"]
FILE = [
    HEADERS,
    ["R1", "重复一", "13800001001"],
    ["R2", "重复二", "13800001002"],
    ["R3", "重复三", "13800001003"],
    ["R1", "改了名", "13800001004"],  # row 5 has the external id of row 2
    [None, "重复三", "138 0000 1003"],  # row 6 has no external id, name and phone are those of row 4
    ["R4", "重复二", "13800001002"],  # another external id is another customer
    [None, "重复五", "13800001005"],
    [None, "重复五", "+86 13800001005"],
]
REPEATS = {5: 2, 6: 4, 9: 8}
REFUSED = [[*HEADERS], ["R1", "重复一", "no phone"], ["R1", "重复一", "13800001001"]]


def left_out(plan_id: int) -> dict[int, list[str]]:
    rows = db.session.scalars(sa.select(RefusedRow).where(RefusedRow.import_id == plan_id).order_by(RefusedRow.row))
    return {one.row: one.reasons for one in rows}


def stop() -> None:
    raise jobs.Cancelled


@pytest.mark.parametrize("batch", [2, 3, 2000])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_repeats_are_the_same_whatever_rows_come_together(
    batch: int, people: Any, workbook: Any, bring: Any, through: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.integrations.passes.BATCH", batch)
    plan = through(bring("customer", workbook(FILE), people.alice), people.alice)
    assert plan.checked["counts"] == {"created": 5, "skipped": 3}
    assert {fate: count for fate, count in imports.sums(plan).items() if count} == {"created": 5, "skipped": 3}
    found = left_out(plan.id)
    assert found.keys() == REPEATS.keys()
    assert all(str(REPEATS[row]) in found[row][0] for row in found), found


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_row_that_cannot_be_read_is_no_first(people: Any, workbook: Any, bring: Any, through: Any) -> None:
    plan = through(bring("customer", workbook(REFUSED), people.alice), people.alice)
    assert (imports.sums(plan)["created"], imports.sums(plan)["refused"]) == (1, 1)


def test_an_import_taken_up_again_still_knows_its_rows(
    people: Any, workbook: Any, bring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.integrations.passes.BATCH", 3)
    plan = bring("customer", workbook(FILE), people.alice)
    imports.set_columns(plan, {int(at): key for at, key in plan.columns.items()}, people.alice)
    plan_id = plan.id
    jobs.run_now(plan.job_id)
    imports.start(db.session.get_one(Import, plan_id, populate_existing=True), people.alice)
    job_id = db.session.get_one(Import, plan_id).job_id
    with monkeypatch.context() as patched:
        advance = jobs.Work.advance
        patched.setattr(jobs.Work, "advance", lambda work, **given: (advance(work, **given), stop())[0])
        assert jobs.run_now(job_id).state == "cancelled" and not left_out(plan_id), "it stopped after three rows"
    jobs.retry(job_id)
    assert jobs.run_now(job_id).state == "done"
    assert left_out(plan_id).keys() == REPEATS.keys()


def test_the_first_row_is_told_by_mark() -> None:
    with closing(Repeats(b"key")) as known:
        assert known.first([(7, 2), (8, 3), (7, 4)], [7, 8, 7]) == [2, 3, 2]
        assert known.first([(9, 5)], [9]) == [5]
        assert known.first([(8, 6), (10, 7)], [8, 10]) == [3, 7]
        assert known.first([], []) == []
    assert known.mark("number", -1) != known.mark("number", -2), "Python's own hashes of these are one"
    assert known.mark("price", Decimal("1.50")) == known.mark("price", Decimal("1.50"))
    with closing(Repeats(b"other")) as others:
        assert known.mark("name", "Wang") != others.mark("name", "Wang"), "they say nothing without the key"


def test_no_row_stays_in_memory() -> None:
    with closing(Repeats(b"key")) as known:
        tracemalloc.start()
        for batch in range(50):
            marks = [(known.mark("external_id", number), number) for number in range(batch * 1000, batch * 1000 + 1000)]
            assert known.first(marks, [one for one, _ in marks])[-1] == marks[-1][1]
        held, _peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held < 500_000, "a dictionary of these would hold five megabytes"
        assert known._scratch.execute("PRAGMA database_list").fetchone()[2] == "", "what grows lies in a private file"
