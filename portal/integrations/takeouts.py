"""Taking a list out: at once where it is short, by a job where it is long, after an approval where it is very long."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale, gettext
from werkzeug.datastructures import MultiDict

from portal import clock, jobs, mail, records, schema
from portal.errors import Forbidden, Invalid, NotFound
from portal.extensions import db, transaction
from portal.integrations import exports, written
from portal.integrations.watermark import new_mark, watermark
from portal.rules import approvals
from portal.schema import conditions
from portal.security import Person, offices, policy
from portal.translations import LOCALES
from portal.vault import boxes

__all__ = ["JOB", "MATTER", "Ask", "at_once", "begin", "go", "make", "new_mark", "request"]

JOB = "exports.make"
MATTER = "export"
PURPOSE = "takeout"
RECENT = 10


@dataclass(frozen=True)
class Ask:
    """A list that somebody wants to take out, as jobs and approvals keep it: words only, so that rights are asked anew.

    `filters` are those of the list's address.
    """

    entity: str
    form: str
    columns: tuple[str, ...]
    filters: tuple[tuple[str, str], ...] = ()
    sort: tuple[str, ...] = ()
    text: str = ""
    archived: bool = False
    reason: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Ask":
        """The ask that `asdict` wrote."""
        pairs = tuple((str(name), str(value)) for name, value in told["filters"])
        return cls(**{**told, "columns": tuple(told["columns"]), "sort": tuple(told["sort"]), "filters": pairs})

    def export(self, person: Person) -> exports.Export:
        """The list as it is for the person now; raises NotFound, Forbidden, Invalid for what is gone."""
        entity = offices.catalog_of(person.office_id).entities.get(self.entity)
        if entity is None or self.form not in exports.FORMATS:
            raise NotFound
        try:
            tests = [conditions.from_query(MultiDict([pair]), entity) for pair in self.filters]
        except conditions.ConditionError as problem:
            raise Invalid({}, str(problem)) from problem
        condition = conditions.All(tuple(tests)) if tests else None
        export = exports.Export(entity, person, self.columns, condition, self.sort, self.text, self.archived)
        export.check()
        return export


def limit(person: Person) -> int:
    """How many rows the person takes out at once without approval."""
    return policy.limit(person, "export", current_app.config["PORTAL"].export_rows)


def is_long(rows: int) -> bool:
    """Whether so many rows are a job's work."""
    return rows > int(current_app.config["PORTAL"].export_job_rows)


def at_once(ask: Ask, person_id: int, mark: str) -> Iterator[bytes]:
    """The file of a short list, made and written down before its first byte goes out."""
    person = db.session.get_one(Person, person_id)
    with force_locale(LOCALES[person.locale]), offices.looking_from(person.office_id):
        export = ask.export(person)
        told = watermark(mark, person, str(export.entity.plural), export.sentence())
        with exports.made(export, ask.form, told) as file:
            export.record(ask.form, rows=file.rows, sha256=file.sha256, mark=mark)
            yield from written.blocks(file.path)


def begin(ask: Ask, person: Person) -> jobs.Job:
    """Have the list made by a job, in the person's name; its filters may name values of encrypted fields."""
    told = {"ask": boxes.shut(asdict(ask), PURPOSE), "person": person.id, "mark": new_mark()}
    return jobs.enqueue(JOB, told, by=person)


def request(ask: Ask, person: Person, rows: int) -> approvals.Approval:
    """Ask for an approval of a list over the limit; raises Invalid without a reason, or where nobody may decide."""
    export = ask.export(person)
    entity, count = export.entity, str(rows)
    facts = [
        (lambda: gettext("List"), lambda: str(entity.plural)),
        (lambda: gettext("Rows"), lambda: count),
        (lambda: gettext("Filter"), lambda: export.sentence() or gettext("none")),
        (lambda: gettext("Columns"), lambda: ", ".join(str(field.label) for field in export.fields())),
    ]

    def title() -> str:
        return gettext("Take out %(rows)s rows of %(list)s", rows=count, list=entity.plural)

    asked = {"ask": asdict(ask), "rows": rows}
    return approvals.matters.ask(MATTER, approvals.matters.Wish(entity.key, title, facts, asked, ask.reason), person)


def go(approval: approvals.Approval, person: Person) -> str:
    """Have an approved list made for who asked, with the rights that person has by then."""
    told = {"approval": approval.id, "person": person.id, "mark": new_mark()}
    return f"/jobs/{jobs.enqueue(JOB, told, by=person).id}"


def make(work: jobs.Work) -> dict[str, Any]:
    """Write the file, as a job; it is kept for some days, and only who asked may open it."""
    approval: int | None = work.arguments.get("approval")
    if approval is None:
        asked = boxes.unshut(work.arguments["ask"], PURPOSE)
    else:
        asked = db.session.get_one(approvals.Approval, approval).asked["ask"]
    ask, mark = Ask.of(asked), str(work.arguments["mark"])
    person = db.session.get_one(Person, work.arguments["person"])
    if not person.active:
        raise Forbidden
    with force_locale(LOCALES[person.locale]), offices.looking_from(person.office_id):
        export = ask.export(person)
        total, title = export.count(), str(export.entity.plural)
        told = watermark(mark, person, title, export.sentence(), ask.reason)
        work.advance(done=0, total=total, note=title)
        with exports.made(export, ask.form, told, lambda rows: work.advance(done=rows)) as file, transaction():
            name = file_name(ask, mark)
            over = clock.now() + timedelta(days=current_app.config["PORTAL"].keep_exports_days)
            with file.path.open("rb") as stream:
                row = records.files.store(stream, name, person, limit=file.size or 1, expires_at=over)
            extra = {"approval": approval} if approval else {}
            export.record(ask.form, rows=file.rows, sha256=file.sha256, mark=mark, file=row.id, **extra)
            mail.notify(person.id, gettext("Your list is ready: %(name)s", name=name), f"/jobs/{work.job_id}")
            result = {"link": f"/files/{row.id}", "rows": file.rows, "sha256": file.sha256, "until": over.isoformat()}
        work.advance(done=file.rows, total=file.rows)
    return result


def file_name(ask: Ask, mark: str) -> str:
    """The name of a file: what it lists, the day, and the mark that leads to who took it out."""
    return f"{ask.entity}-{clock.today():%Y%m%d}-{mark}.{ask.form}"


def recent(person: Person) -> Sequence[jobs.Job]:
    """The newest lists that are or were made in the background for the person."""
    mine = sa.select(jobs.Job).where(jobs.Job.kind == JOB, jobs.Job.asked_by == person.id)
    return db.session.scalars(mine.order_by(jobs.Job.id.desc()).limit(RECENT)).all()


def offered(entities: Sequence[schema.Entity], person: Person) -> list[schema.Entity]:
    """The entities of which the person may take out lists."""
    return [entity for entity in entities if policy.can(person, "export", entity.key)]
