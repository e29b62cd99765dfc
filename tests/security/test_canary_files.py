"""What is hidden from somebody is in no file they take out either: sheets, reports, files, system tables (S2)."""

import io

import pytest
from pypdf import PdfReader

from portal import jobs, schema
from portal.extensions import db
from portal.security import policy
from tests.security.crawler import readable
from tests.security.test_canaries import EMAIL, FAR, PHONE_SHOWN, PROFIT_SHOWN, WECHAT
from tests.security.test_canaries import world as world
from tests.security.test_disguise import post

HIDDEN = {
    "alice": (FAR,),
    "dora": (FAR,),
    "erin": (FAR, *PROFIT_SHOWN),
    "mary": (FAR, WECHAT, EMAIL, *PHONE_SHOWN),
}


def sheets(client, person):
    """Every list the person may take out, in both formats, with every column asked for."""
    for entity in schema.current().entities.values():
        if policy.may(person, "export") and policy.can(person, "export", entity.key):
            columns = ",".join(entity.fields)
            for form in ("csv", "xlsx"):
                given = {"entity": entity.key, "query": f"columns={columns}", "format": form}
                yield f"{entity.key}.{form}", readable(post(client, "/exports/", **given))


@pytest.mark.parametrize("who", sorted(HIDDEN))
def test_no_sheet_holds_what_is_hidden(people, as_, world, who) -> None:
    person = getattr(people, who)
    for name, text in sheets(as_(person), person):
        assert [canary for canary in HIDDEN[who] if canary in text] == [], name


def test_the_canaries_are_in_the_sheets_of_who_may_see_them(people, as_, world) -> None:
    texts = "".join(text for _name, text in sheets(as_(people.admin), people.admin))
    assert all(canary in texts for canary in (FAR, WECHAT, EMAIL))


@pytest.mark.parametrize("who", ["alice", "dora"])
def test_no_report_prints_what_is_hidden(people, as_, world, who) -> None:
    from portal.insights.archive import ReportFile

    person = getattr(people, who)
    client = as_(person)
    subject = f"person:{person.id}"
    answer = post(client, "/reports/", report="activity", subject=subject, period="this_year", locale="zh")
    assert answer.status_code == 303, answer.text
    for job_id in db.session.scalars(db.select(jobs.Job.id)).all():
        jobs.run_now(job_id)
    db.session.commit()
    found = db.session.scalars(db.select(ReportFile)).all()
    assert found
    for file in found:
        pages = PdfReader(io.BytesIO(client.get(f"/reports/{file.id}").data)).pages
        text = "".join(page.extract_text() for page in pages)
        assert [canary for canary in HIDDEN[who] if canary in text] == []


@pytest.mark.parametrize("who", sorted(HIDDEN))
def test_system_tables_are_shut(people, as_, world, who) -> None:
    client = as_(getattr(people, who))
    for address in ("/admin/", "/admin/job/", "/admin/auditline/", "/admin/person/"):
        answer = client.get(address)
        assert answer.status_code in (403, 404), address
        assert FAR not in answer.text
