"""The job that makes a report: look up, draw, typeset, archive, mail."""

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from portal import clock, jobs, mail, records
from portal.errors import NotFound
from portal.extensions import db
from portal.insights import lens, parts, printing
from portal.insights.archive import ReportFile
from portal.insights.lens import Lens, Subject
from portal.insights.pdf import Pdf
from portal.insights.periods import Period
from portal.insights.printing import Cover
from portal.jobs import Job, Work
from portal.schema import current
from portal.security import Person, offices
from portal.translations import LOCALES

KIND = "reports.make"


def ask(
    report: str, subject: Subject, period: Period, person: Person, *, locale: str = "", mailed: bool = False
) -> Job:
    """Queue the report for this reader; it shows what the reader may see when it is made."""
    arguments = {
        "report": report,
        "subject": [subject.kind, subject.id],
        "period": [period.start.isoformat(), period.end.isoformat()],
        "person": person.id,
        "locale": locale or person.locale,
        "mailed": mailed,
    }
    return jobs.enqueue(KIND, arguments, by=person)


def make(work: Work) -> dict[str, int]:
    """Make the report of the job's arguments, in the words of the reader's office; the result names the file."""
    reader = db.session.get(Person, work.arguments["person"])
    place = reader.office_id if reader else None
    with force_locale(LOCALES[work.arguments["locale"]]), offices.looking_from(place):
        return _make(work, work.arguments)


def _make(work: Work, asked: Mapping[str, Any]) -> dict[str, int]:
    noun = _report(asked["report"])
    seen = _lens(asked)
    steps = len(noun.sections) + 2
    filled = []
    for number, section in enumerate(noun.sections):
        work.advance(number, steps, str(section.title or noun.label))
        filled.append(parts.fill(section, seen, number))
    work.advance(steps - 2, steps, _("Laying out the pages"))
    cover = Cover(str(noun.label), seen, clock.now(), asked["locale"])
    printed = printing.print_out(cover, filled)
    row = _keep(printed, cover, asked, work.job_id)
    if asked.get("mailed"):
        work.advance(steps - 1, steps, _("Sending the report"), checkpoint={"file": row.id})
        _mail(row, printed)
    else:
        mail.notify(row.person_id, _("%(title)s is ready.", title=row.name), f"/reports/{row.id}")
    work.advance(steps, steps, _("Ready"))
    return {"file": row.id, "pages": row.pages}


def _report(key: str) -> Any:
    noun = current().reports.get(key)
    if noun is None:
        raise NotFound
    return noun


def _lens(asked: Mapping[str, Any]) -> Lens:
    kind, subject_id = asked["subject"]
    person, subject = db.session.get(Person, asked["person"]), lens.subject(kind, subject_id)
    if person is None or not person.active or subject is None:
        raise NotFound
    start, end = (date.fromisoformat(day) for day in asked["period"])
    return Lens(person, subject, Period(start, end))


def _keep(printed: Pdf, cover: Cover, asked: Mapping[str, Any], job_id: int) -> ReportFile:
    subject, period, person = cover.lens.subject, cover.lens.period, cover.lens.person
    assert subject is not None and period is not None and person.id is not None
    row = ReportFile(
        report=asked["report"],
        title=cover.title,
        person_id=person.id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_name=subject.name,
        start=period.start,
        end=period.end,
        locale=asked["locale"],
        pages=printed.pages,
        size=len(printed.body),
        job_id=job_id,
        is_scheduled=bool(asked.get("mailed")),
        made_at=cover.made_at,
    )
    row.file_id = records.files.store(BytesIO(printed.body), row.name, by=person).id
    db.session.add(row)
    db.session.flush()
    return row


def _mail(row: ReportFile, printed: Pdf) -> None:
    to = db.session.get_one(Person, row.person_id).email
    mail.notify(row.person_id, _("%(title)s is ready.", title=row.name), f"/reports/{row.id}")
    if not to:
        return
    text = _(
        "%(title)s for %(subject)s, %(period)s, is attached (%(pages)d pages).",
        title=row.title,
        subject=row.subject_name,
        period=str(row.period),
        pages=row.pages,
    )
    attachment = (row.name, "application/pdf", printed.body)
    subject = f"{row.title} · {row.subject_name} · {row.period}"
    message_id = f"<report-{row.id}@kehu.local>"
    mail.send(mail.Message(to=to, subject=subject, text=text, message_id=message_id, attachments=(attachment,)))
