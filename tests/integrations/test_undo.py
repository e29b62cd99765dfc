"""A whole import is undone, updates included; what somebody changed since stays and is listed."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from portal import audit, jobs, records, schema
from portal.errors import Conflict
from portal.events import Event
from portal.extensions import db
from portal.integrations import Import, imports, undoing
from portal.jobs import Job, Work
from portal.records.token_index import SearchEntry

HEADERS = ["外部编号", "客户名称", "手机", "员工人数"]
ROWS = [HEADERS, *([f"U{at}", f"撤销{at}", f"1380000{at:04d}", at + 1] for at in range(6))]


@pytest.fixture
def undo() -> Callable[..., Import]:
    """`undo(plan, by)` undoes an import in this process."""

    def undone(plan: Import, by: Any) -> Import:
        plan_id = plan.id
        undoing.start(plan, by)
        job = jobs.run_now(db.session.get_one(Import, plan_id).job_id or 0)
        assert job.state == "done", job.error
        return db.session.get_one(Import, plan_id, populate_existing=True)

    return undone


def by_name(people: Any, name: str) -> Any:
    return next(record for record in records.search("customer", people.alice) if record["name"] == name)


def tokens(record_id: int) -> str:
    entry = sa.select(SearchEntry.tokens).where(SearchEntry.entity == "customer", SearchEntry.record_id == record_id)
    return str(db.session.scalar(entry))


@pytest.fixture
def before(people: Any, make: Any) -> list[Any]:
    """Three customers that the file will change."""
    return [
        make("customer", people.alice, external_id=f"U{at}", name=f"原名{at}", employees=900 + at, phone=None)
        for at in range(3)
    ]


def test_updates_go_back_and_new_ones_go_to_the_archive(
    people: Any, before: list[Any], workbook: Any, bring: Any, through: Any, undo: Any
) -> None:
    plan = through(bring("customer", workbook(ROWS), people.alice), people.alice)
    assert (imports.sums(plan)["created"], imports.sums(plan)["updated"]) == (3, 3)
    touched = by_name(people, "撤销1")
    records.save(touched, {"remark": "called"}, by=people.dora)
    fresh = [by_name(people, f"撤销{at}") for at in (3, 4, 5)]
    records.save(fresh[2], {"employees": 77}, by=people.alice)

    plan = undo(plan, people.alice)
    assert plan.state == "undone" and plan.undone == {"archived": 2, "restored": 2, "kept": 2}
    assert [(one.record_id, one.why, one.by_name) for one in undoing.kept(plan)] == [
        (touched.id, "changed", people.dora.name),
        (fresh[2].id, "changed", people.alice.name),
    ]
    for at in (0, 2):
        now = records.fetch("customer", before[at].id, people.alice)
        assert (now["name"], now["employees"], now["phone"]) == (f"原名{at}", 900 + at, None)
        assert now.version == 3 and "撤销" not in tokens(now.id)
    kept = records.fetch("customer", touched.id, people.alice)
    assert (kept["name"], kept["remark"], kept["employees"]) == ("撤销1", "called", 2)
    gone = records.fetch("customer", fresh[0].id, people.alice)
    assert gone.is_archived and gone["external_id"] is None and gone["name"] == "撤销3"
    assert not records.fetch("customer", fresh[2].id, people.alice).is_archived

    lines = list(db.session.scalars(audit.lines(entity="customer", record_id=before[0].id)))
    assert lines[0].action == "record.changed" and lines[0].data["undo"] == ["import", plan.id]
    assert lines[0].by_id == people.alice.id and lines[0].data["changes"]["employees"] == [1, 900]
    (done,) = db.session.scalars(audit.lines(action="import.undone"))
    assert done.data == {"archived": 2, "restored": 2, "kept": 2, "import": plan.id}
    told = db.session.scalars(sa.select(Event.data).where(Event.kind == "records.archived")).all()
    assert [sorted(data["ids"]) for data in told] == [sorted(one.id for one in fresh[:2])]


def test_a_second_undo_is_impossible(people: Any, workbook: Any, bring: Any, through: Any, undo: Any) -> None:
    plan = bring("customer", workbook(ROWS), people.alice)
    with pytest.raises(Conflict):
        undoing.start(plan, people.alice)
    plan = undo(through(plan, people.alice), people.alice)
    job_id = plan.job_id
    with pytest.raises(Conflict):
        undoing.start(plan, people.alice)
    db.session.rollback()
    assert jobs.retry(job_id or 0) and jobs.run_now(job_id or 0).result == {"archived": 6, "restored": 0, "kept": 0}
    assert db.session.scalar(sa.select(sa.func.count()).where(audit.AuditLine.action == "record.archived")) == 6


def test_undone_rows_may_be_sent_again(people: Any, workbook: Any, bring: Any, through: Any, undo: Any) -> None:
    path = workbook(ROWS)
    undo(through(bring("customer", path, people.alice), people.alice), people.alice)
    again = through(bring("customer", path, people.alice), people.alice)
    assert imports.sums(again)["created"] == 6 and again.checked["counts"] == {"created": 6}
    named = workbook([["客户名称", "手机"], ["撤销1", "13800000001"], ["新客户", "13800009999"]], "named.xlsx")
    plan = through(bring("customer", named, people.alice), people.alice)
    assert (imports.sums(plan)["created"], imports.sums(plan)["unchanged"]) == (1, 1)


def test_two_imports_are_undone_one_after_the_other(
    people: Any, workbook: Any, bring: Any, through: Any, undo: Any
) -> None:
    first = through(bring("customer", workbook(ROWS), people.alice), people.alice)
    changed = workbook([HEADERS, ["U0", "后来", None, 5000]], "later.xlsx")
    second = through(bring("customer", changed, people.alice), people.alice)
    assert undo(second, people.alice).undone["restored"] == 1
    assert by_name(people, "撤销0")["employees"] == 1
    assert undo(first, people.alice).undone == {"archived": 6, "restored": 0, "kept": 0}


def test_what_others_point_at_stays(people: Any, make: Any, workbook: Any, bring: Any, through: Any, undo: Any) -> None:
    plan = through(bring("customer", workbook(ROWS), people.alice), people.alice)
    used = by_name(people, "撤销2")
    make("contact", people.alice, name="王总", customer=used.id)
    plan = undo(plan, people.alice)
    assert plan.undone == {"archived": 5, "restored": 0, "kept": 1}
    assert [(one.record_id, one.why) for one in undoing.kept(plan)] == [(used.id, "used")]


def test_a_value_taken_by_now_is_not_given_back(
    people: Any, make: Any, before: list[Any], workbook: Any, bring: Any, through: Any, undo: Any
) -> None:
    match = {"mode": "update", "match_by": ["name", "phone"]}
    records.save(before[0], {"phone": "13800000000"}, by=people.alice)
    rows = [["外部编号", "客户名称", "手机"], ["V9", "原名0", "13800000000"]]
    plan = through(bring("customer", workbook(rows), people.alice), people.alice, **match)
    assert records.fetch("customer", before[0].id, people.alice)["external_id"] == "V9"
    make("customer", people.alice, external_id="U0", name="占用")
    assert undo(plan, people.alice).undone == {"archived": 0, "restored": 0, "kept": 1}
    assert [one.why for one in undoing.kept(plan)] == ["taken"]


def test_a_stopped_import_tells_where_it_stands_and_can_be_undone(
    people: Any, as_: Callable[..., Any], workbook: Any, bring: Any, undo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.integrations.passes.BATCH", 2)
    plan = bring("customer", workbook(ROWS), people.alice)
    imports.set_columns(plan, {int(at): key for at, key in plan.columns.items()}, people.alice)
    jobs.run_now(plan.job_id or 0)
    plan = db.session.get_one(Import, plan.id, populate_existing=True)
    imports.start(plan, people.alice)
    run_id, plan_id = plan.job_id or 0, plan.id
    stop_after_one(monkeypatch)
    assert jobs.run_now(run_id).state == "cancelled"
    page = as_(people.alice).get(f"/imports/{plan_id}").text
    assert "2 of 6 rows are accounted for; of the other 4 nothing is stored" in page
    assert "Go on" in page and "Undo this import" in page
    monkeypatch.undo()
    plan = undo(db.session.get_one(Import, plan_id), people.alice)
    assert plan.undone == {"archived": 2, "restored": 0, "kept": 0}
    jobs.retry(run_id)
    assert jobs.run_now(run_id).state == "failed", "the run of an undone import does not go on"


def stop_after_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever job runs is cancelled while its first batch is written."""
    advance = Work.advance

    def asked(work: Work, **given: Any) -> None:
        db.session.execute(sa.update(Job).where(Job.id == work.job_id).values(cancel_asked=True))
        advance(work, **given)

    monkeypatch.setattr(Work, "advance", asked)


def test_the_pages_of_an_undo(
    app: Any, people: Any, as_: Callable[..., Any], workbook: Any, bring: Any, through: Any, tmp_path: Path
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    plan = through(bring("customer", workbook(ROWS), people.alice), people.alice)
    records.save(by_name(people, "撤销4"), {"employees": 77}, by=people.dora)
    kept_id, address = by_name(people, "撤销4").id, f"/imports/{plan.id}"
    client = as_(people.alice)
    assert "Undo this import" in client.get(address).text
    assert as_(people.charlie).post(f"{address}/reversal").status_code == 404
    assert client.post(f"{address}/reversal").status_code == 303
    assert "Undoing the import" in client.get(address, headers={"HX-Request": "true"}).text
    assert client.post(f"{address}/reversal").status_code == 409
    jobs.run_now(db.session.get_one(Import, plan.id, populate_existing=True).job_id or 0)
    page = client.get(address).text
    assert "This import is undone" in page and f"/customers/{kept_id}" in page and people.dora.name in page
    assert "Undo this import" not in page and client.post(f"{address}/reversal").status_code == 409
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}/kept.xlsx").data))
    header, row = book.worksheets[0].iter_rows(values_only=True)
    assert header[0] == "Record" and row[0] == "撤销4" and row[2] == people.dora.name
    assert str(row[4]).endswith(f"/customers/{kept_id}")
    assert schema.current().entities["customer"].slug == "customers"


def test_the_check_says_what_storing_would_do(
    people: Any, before: list[Any], workbook: Any, bring: Any, through: Any
) -> None:
    rows = [*ROWS, ["U0", "原名0", None, 900], ["U7", "没有电话", "nobody", 1]]
    rows[1] = ["U0", "原名0", None, 900]
    plan = bring("customer", workbook(rows), people.alice)
    plan = through(plan, people.alice, mode="update")
    assert plan.checked["counts"] == {"unchanged": 1, "updated": 2, "skipped": 4, "refused": 1}
    assert plan.checked["fields"] == {"name": 2, "phone": 2, "employees": 2}
    assert {fate: count for fate, count in imports.sums(plan).items() if count} == plan.checked["counts"]
    again = bring("customer", workbook(rows), people.alice)
    assert again.mode == "update", "what was settled is remembered with the columns"
    plan = through(again, people.alice, mode="create", match_by=["external_id"])
    assert plan.checked["counts"] == {"skipped": 4, "created": 3, "refused": 1}
    assert imports.sums(plan)["created"] == 3


def test_a_key_that_several_have_is_refused(people: Any, make: Any, workbook: Any, bring: Any, through: Any) -> None:
    for _ in range(2):
        make("customer", people.alice, name="同名", phone="13800000000")
    rows = [["客户名称", "手机", "员工人数"], ["同名", "13800000000", 5], ["异名", None, 6]]
    plan = through(bring("customer", workbook(rows), people.alice), people.alice, mode="update")
    assert plan.checked["counts"] == {"refused": 2}
    reasons = [problem["reasons"][0] for problem in plan.checked["problems"]]
    assert "Several records have this" in reasons[0] and "found by it" in reasons[1]
