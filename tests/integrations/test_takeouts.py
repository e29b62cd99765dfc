"""Lists taken out: marked, by a job where they are long, after an approval where they are longer; changes likewise."""

import csv
import hashlib
import io
import tracemalloc
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest
import time_machine

from portal import clock, records, rules
from portal.audit import AuditLine
from portal.errors import Invalid
from portal.extensions import db, transaction
from portal.integrations import exports, takeouts, workbook
from portal.jobs import Job, run_now
from portal.mail import Notice
from portal.records.stored_file import StoredFile
from portal.schema import conditions
from portal.security import SYSTEM

Approval = rules.approvals.Approval
XLSX = {"entity": "customer", "format": "xlsx", "query": "columns=name,phone&f.status=eq:prospect&sort=name"}


@pytest.fixture
def alice(app, people, as_, make):
    """Alice in her browser, who has twelve customers."""
    app.config["WTF_CSRF_ENABLED"] = False
    limited(app, export_rows=10, export_job_rows=5)
    for number in range(12):
        make("customer", by=people.alice, name=f"客户{number:02}", phone=f"138000000{number:02}")
    return as_(people.alice)


def limited(app, **given) -> None:
    app.config["PORTAL"] = replace(app.config["PORTAL"], **given)


def last_job() -> Job:
    job = db.session.query(Job).filter(Job.kind.in_(("exports.make", "records.change_many"))).order_by(Job.id.desc())
    job_id = job.first().id
    db.session.rollback()
    return run_now(job_id)


def book_of(answer) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(answer.data))


def exported() -> AuditLine:
    return db.session.query(AuditLine).filter_by(action="records.exported").order_by(AuditLine.id.desc()).first()


def test_a_short_list_comes_at_once_and_says_whose_it_is(app, people, alice):
    limited(app, export_job_rows=100, export_rows=100)
    answer = alice.post("/exports/", data=XLSX)
    line = exported()
    assert (line.data["rows"], line.data["sha256"]) == (12, hashlib.sha256(answer.data).hexdigest())
    assert line.data["mark"] in answer.headers["Content-Disposition"]
    book = book_of(answer)
    page, about = book.worksheets
    said = {row[0]: row[1] for row in about.iter_rows(values_only=True)}
    assert {"Alice", "12", line.data["mark"], "上海"} <= set(said.values())
    assert any("Status" in str(text) for text in said.values())
    assert "Alice" in page.oddFooter.left.text and line.data["mark"] in page.oddHeader.right.text
    assert (book.properties.creator, book.properties.keywords) == ("Alice", line.data["mark"])
    text = alice.post("/exports/", data=XLSX | {"format": "csv"})
    rows = list(csv.reader(io.StringIO(text.data.decode("utf-8-sig"))))
    assert len(rows) == 13 and exported().data["mark"] in text.headers["Content-Disposition"]


def test_a_long_list_is_a_job_and_kept_for_some_days(app, people, alice, as_):
    limited(app, export_rows=100)
    answer = alice.post("/exports/", data=XLSX)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/jobs/")
    job = last_job()
    assert (job.state, job.result["rows"], job.done, job.total) == ("done", 12, 12, 12)
    link = job.result["link"]
    assert link in alice.get(answer.headers["Location"]).get_data(as_text=True)
    file = alice.get(link)
    assert hashlib.sha256(file.data).hexdigest() == job.result["sha256"] == exported().data["sha256"]
    assert [cell.value for cell in book_of(file).worksheets[0]["A"]][1:] == [f"客户{n:02}" for n in range(12)]
    assert as_(people.admin).get(link).status_code == 404
    assert link in alice.get("/exports/").get_data(as_text=True)
    assert link not in as_(people.admin).get("/exports/").get_data(as_text=True)
    assert db.session.query(Notice).filter_by(person_id=people.alice.id).count() == 1
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False):
        assert link not in alice.get("/exports/").get_data(as_text=True)
        assert records.upkeep._forget_some() == 1
    assert db.session.query(StoredFile).count() == 0


def test_over_the_limit_somebody_else_decides(app, people, alice, as_):
    page = alice.post("/exports/", data=XLSX)
    assert page.status_code == 200 and "What is the list for?" in page.get_data(as_text=True)
    assert alice.post("/exports/", data=XLSX | {"reason": " "}).status_code == 422
    answer = alice.post("/exports/", data=XLSX | {"reason": "Annual visit plan"})
    assert answer.status_code == 303
    approval = db.session.query(Approval).one()
    assert {seat.person_id for seat in approval.seats} == {people.dora.id, people.admin.id}
    dora, address = as_(people.dora), f"/approvals/{approval.id}"
    assert "Take out 12 rows" in dora.get("/approvals/").get_data(as_text=True)
    shown = dora.get(address).get_data(as_text=True)
    assert "Annual visit plan" in shown and "Status" in shown and "Alice" in shown
    assert as_(people.charlie).get(address).status_code == 404
    assert alice.post(f"{address}/decision", data={"decision": "yes"}).status_code == 403
    assert db.session.query(Job).filter_by(kind="exports.make").count() == 0
    assert dora.post(f"{address}/decision", data={"decision": "yes", "comment": "fine"}).status_code == 303
    assert dora.post(f"{address}/decision", data={"decision": "yes"}).status_code in (403, 409)
    job = last_job()
    assert (job.state, job.asked_by, job.result["rows"]) == ("done", people.alice.id, 12)
    line = exported()
    assert (line.by_id, line.data["approval"], line.data["rows"]) == (people.alice.id, approval.id, 12)
    assert line.data["sha256"] == job.result["sha256"]
    about = book_of(alice.get(job.result["link"])).worksheets[1]
    assert "Annual visit plan" in [row[1] for row in about.iter_rows(values_only=True)]
    deeds = [line.action for line in db.session.query(AuditLine).order_by(AuditLine.id)]
    assert deeds.index("approval.asked") < deeds.index("approval.approved") < deeds.index("records.exported")


def test_what_is_refused_is_told_with_its_word(app, people, alice, as_):
    alice.post("/exports/", data=XLSX | {"reason": "Annual visit plan"})
    address = f"/approvals/{db.session.query(Approval).one().id}"
    dora = as_(people.dora)
    assert dora.post(f"{address}/decision", data={"decision": "no"}).status_code == 422
    dora.post(f"{address}/decision", data={"decision": "no", "comment": "Too many"})
    notice = db.session.query(Notice).filter_by(person_id=people.alice.id).one()
    assert "Too many" in notice.text and notice.link == address
    assert db.session.query(Job).filter_by(kind="exports.make").count() == 0
    assert db.session.query(Approval).one().state == "rejected"


def test_the_rights_of_the_moment_count(app, people, alice, as_):
    """Between asking and making the person has lost the right, or sees fewer rows."""
    alice.post("/exports/", data=XLSX | {"reason": "Annual visit plan"})
    approval = db.session.query(Approval).one()
    with transaction():
        table = records.tables.table_of("customer")
        db.session.execute(
            table.update()
            .where(table.c.id <= 4)
            .values(owner_id=people.charlie.id, team_id=people.charlie.team_id, office_id=people.charlie.office_id)
        )
    as_(people.dora).post(f"/approvals/{approval.id}/decision", data={"decision": "yes"})
    assert last_job().result["rows"] == 8
    alice.post("/exports/", data=XLSX | {"reason": "Again", "query": "columns=name"})
    people.alice.roles.clear()
    db.session.commit()
    job = takeouts.begin(takeouts.Ask("customer", "xlsx", ("name",)), people.alice)
    db.session.commit()
    assert run_now(job.id).state == "failed"


def test_many_records_change_after_an_approval(app, people, alice, as_):
    limited(app, change_rows=10)
    table = records.tables.table_of("customer")
    picks = [f"{row.id}.{row.version}" for row in db.session.execute(table.select().order_by(table.c.id))]
    form = {"_field": "status", "status": "active", "_pick": picks}
    answer = alice.post("/customers/bulk", data=form)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (200, "#bulk-request")
    assert "somebody else must approve" in answer.get_data(as_text=True)
    assert "aria-invalid" in alice.post("/customers/bulk", data=form | {"_reason": ""}).get_data(as_text=True)
    alice.post("/customers/bulk", data=form | {"_reason": "New season"})
    approval = db.session.query(Approval).one()
    with transaction():  # somebody changes one of them meanwhile
        record = records.fetch("customer", int(picks[0].partition(".")[0]), SYSTEM)
        records.save(record, {"status": "lost"}, by=people.alice)
    shown = as_(people.dora).get(f"/approvals/{approval.id}").get_data(as_text=True)
    assert "New season" in shown and "12" in shown
    as_(people.dora).post(f"/approvals/{approval.id}/decision", data={"decision": "yes"})
    job = last_job()
    assert (job.state, job.result) == ("done", {"done": 12, "changed": 11, "refused": 1})
    statuses = [row.status for row in _statuses()]
    assert sorted(statuses) == ["active"] * 11 + ["lost"]
    assert db.session.query(AuditLine).filter_by(action="records.changed_together").one().data["changed"] == 11


def _statuses():
    table = records.tables.table_of("customer")
    column = records.selection.entity_of("customer").fields["status"].column
    return db.session.execute(table.select().with_only_columns(table.c[column].label("status")))


def test_who_may_decide(app, people):
    matters = rules.approvals.matters
    assert {one.id for one in matters.approvers(people.alice)} == {people.admin.id, people.dora.id}
    assert [one.id for one in matters.approvers(people.dora)] == [people.admin.id]
    people.dora.active = people.admin.active = False
    db.session.flush()
    assert matters.approvers(people.alice) == []
    with pytest.raises(Invalid):
        matters.ask("export", matters.Wish("customer", lambda: "", [], {}, "a good one"), people.alice)
    db.session.rollback()


def test_a_sheet_that_is_full_is_followed_by_another(app, people, alice, monkeypatch):
    monkeypatch.setattr(workbook, "SHEET_ROWS", 6)
    limited(app, export_job_rows=100, export_rows=100)
    book = book_of(alice.post("/exports/", data=XLSX))
    names = [[cell.value for cell in page["A"]] for page in book.worksheets[:-1]]
    assert [len(page) for page in names] == [6, 6, 3]
    assert {page[0] for page in names} == {"Name"}
    assert [name for page in names for name in page[1:]] == [f"客户{n:02}" for n in range(12)]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_memory_does_not_grow_with_the_rows(app, people, form):
    with transaction():
        rows = [{"name": f"客户{at}", "phone": f"138{at:08}"} for at in range(6000)]
        saved = records.bulk.save_many("customer", rows, by=people.admin)
    entity = records.tables.entity_of("customer")

    def peak(count: int) -> int:
        condition = conditions.parse({"id": {"lte": saved.ids[count - 1]}}, entity)
        export = exports.Export(entity, people.admin, ("name", "phone", "city"), condition, ("id",))
        tracemalloc.start()
        with exports.made(export, form) as file:
            assert file.rows == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1000)
    assert peak(6000) <= 1.1 * peak(2000)
