"""An import that was stopped goes on where it stood, and still knows what it read before."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from portal import audit, jobs
from portal.extensions import db
from portal.integrations import Import, imports, passes, undoing
from portal.integrations.models import ImportBatch, RefusedRow
from portal.jobs import Work
from portal.jobs import run as running

HEADERS = ["外部编号", "客户名称"]


class Killed(BaseException):
    """What a process that is killed leaves undone."""


def test_it_reads_no_row_again_and_knows_repeats(
    people: Any, workbook: Any, bring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [HEADERS, *([f"G{at}", f"续传{at}"] for at in range(5)), ["G0", "又一次"], ["G6", "最后"]]
    monkeypatch.setattr(passes, "BATCH", 2)
    plan = bring("customer", workbook(rows), people.alice)
    imports.set_columns(plan, {int(at): key for at, key in plan.columns.items()}, people.alice)
    plan_id = plan.id
    jobs.run_now(plan.job_id)
    imports.start(db.session.get_one(Import, plan_id, populate_existing=True), people.alice)
    run_id = db.session.get_one(Import, plan_id).job_id or 0
    with monkeypatch.context() as within:
        within.setattr(Work, "advance", killed_after(2))
        with pytest.raises(Killed):
            jobs.run_now(run_id)
    db.session.rollback()
    assert {fate: n for fate, n in sums(plan_id).items() if n} == {"created": 4}
    db.session.execute(sa.update(jobs.Job).where(jobs.Job.id == run_id).values(state="queued", lease=None))
    db.session.commit()
    asked = list[int]()
    read = passes.sheets.read
    monkeypatch.setattr(passes.sheets, "read", lambda *given, **shape: asked.append(given[2]) or read(*given, **shape))
    assert jobs.run_now(run_id).state == "done"
    assert asked == [5], "what is stored is not read again"
    assert {fate: n for fate, n in sums(plan_id).items() if n} == {"created": 6, "skipped": 1}
    (refused,) = db.session.query(RefusedRow)
    assert refused.reasons == ["Row 2 of the file is about the same."]
    marks = db.session.scalars(sa.select(ImportBatch.marks).where(ImportBatch.import_id == plan_id))
    assert set(marks) == {b""}, "nothing is kept of the rows that nobody needs any more"


def test_its_end_and_that_of_its_job_are_one(
    people: Any, workbook: Any, bring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = bring("customer", workbook([HEADERS, ["E1", "一"], ["E2", "二"]]), people.alice)
    imports.set_columns(plan, {int(at): key for at, key in plan.columns.items()}, people.alice)
    plan_id = plan.id
    ends_though_killed(plan_id, "checked", "checking", monkeypatch)
    imports.start(db.session.get_one(Import, plan_id, populate_existing=True), people.alice)
    ends_though_killed(plan_id, "done", "running", monkeypatch)
    undoing.start(db.session.get_one(Import, plan_id, populate_existing=True), people.alice)
    ends_though_killed(plan_id, "undone", "undoing", monkeypatch)


def ends_though_killed(plan_id: int, end: str, before: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies when all is stored and only the job's end is not: another ends both, and says so once."""
    job_id = db.session.get_one(Import, plan_id).job_id or 0
    with monkeypatch.context() as within:
        within.setattr(running, "_end", killed)
        with pytest.raises(Killed):
            jobs.run_now(job_id)
    db.session.rollback()
    assert db.session.get_one(Import, plan_id, populate_existing=True).state == before
    db.session.execute(sa.update(jobs.Job).where(jobs.Job.id == job_id).values(state="queued", lease=None))
    db.session.commit()
    assert jobs.run_now(job_id).state == "done"
    assert db.session.get_one(Import, plan_id, populate_existing=True).state == end
    told = list(db.session.scalars(audit.lines(action=f"import.{end}")))
    assert len(told) == (end != "checked"), "it is told once"


def killed(*given: Any, **more: Any) -> None:
    raise Killed


def killed_after(batches: int) -> Any:
    """`advance` that comes so often and then no more."""
    advance, times = Work.advance, list[int]()

    def some(work: Work, **given: Any) -> None:
        if len(times) == batches:
            raise Killed
        times.append(1)
        advance(work, **given)

    return some


def sums(plan_id: int) -> dict[str, int]:
    db.session.expire_all()
    return imports.sums(db.session.get_one(Import, plan_id))


def test_a_file_of_any_kind_is_read_from_the_middle(tmp_path: Path, workbook: Any) -> None:
    path = tmp_path / "list.csv"
    path.write_text("a,b\n1,2\n\n3,4\n", encoding="utf-8")
    book = workbook([["a", "b"], [1, 2], [], [3, 4]])
    for file in (path, book):
        rows = [(number, [str(cell) for cell in cells]) for number, cells in passes.sheets.read(file, 1, 2)]
        assert rows == [(4, ["3", "4"])]
