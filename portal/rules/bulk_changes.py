"""One field set to one value in many records at once; over a person's limit after an approval, by a job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from flask_babel import force_locale, gettext, ngettext

from portal import audit, jobs, mail, records
from portal.errors import Conflict, Forbidden, NotFound, PortalError
from portal.extensions import db, transaction
from portal.fields import Field
from portal.records import Record, recall
from portal.rules.approvals import Approval, matters
from portal.schema import Entity
from portal.security import Person, offices, policy
from portal.translations import LOCALES

JOB = "records.change_many"
MATTER = "change"
BATCH = 50
Pick = tuple[int, int | None]  # a record, and the version that the list showed


@dataclass
class Outcome:
    """What became of a change in many records."""

    changed: list[Record] = field(default_factory=list)
    refused: int = 0
    why: str = ""  # what is wrong with the value for the first that was refused
    clashes: list[str] = field(default_factory=list)  # changed by others since


def limit(person: Person) -> int:
    """How many records the person changes at once without approval."""
    return policy.limit(person, "change", current_app.config["PORTAL"].change_rows)


def editable(entity: Entity, person: Person) -> list[Field]:
    """The fields that can be set to one value in many records."""
    if not policy.can(person, "edit", entity.key):
        return []
    writable = [one for one in entity.writable().values() if policy.access(person, one) == policy.Access.WRITE]
    return [one for one in writable if not (one.unique or one.type.is_upload or one.type.is_automatic)]


def change(entity: Entity, picked: Sequence[Pick], one: Field, value: object, by: Person) -> Outcome:
    """Set the field in these records as the person may, each by itself: what is refused leaves the others changed."""
    outcome = Outcome()
    for record_id, version in picked:
        try:
            record = records.fetch(entity.key, record_id, by, "edit")
            with db.session.begin_nested():
                if record[one.key] != value:
                    outcome.changed.append(records.save(record, {one.key: value}, by=by, version=version))
        except Conflict:
            now = records.fetch(entity.key, record_id, by)
            both = {"theirs": now.text(one.key) or "—", "mine": one.type.text(value) or "—"}
            outcome.clashes.append(gettext("%(name)s: “%(theirs)s”, not “%(mine)s”", name=now.title, **both))
        except PortalError as error:
            outcome.refused += 1
            outcome.why = outcome.why or str(getattr(error, "problems", {}).get(one.key, ""))
    return outcome


def request(entity: Entity, picked: Sequence[Pick], one: Field, value: object, reason: str, by: Person) -> Approval:
    """Ask for an approval of a change over the limit; raises Invalid without a reason, or where nobody may decide."""
    count = str(len(picked))
    facts = [
        (lambda: gettext("List"), lambda: str(entity.plural)),
        (lambda: gettext("Records"), lambda: count),
        (lambda: gettext("Field"), lambda: str(one.label)),
        (lambda: gettext("New value"), lambda: one.type.text(value) or gettext("none")),
    ]

    def title() -> str:
        return gettext("Change “%(field)s” in %(rows)s records", field=one.label, rows=count)

    asked = {
        "picked": [list(pick) for pick in picked],
        "field": one.key,
        "value": one.type.dump(value),
    }
    return matters.ask(MATTER, matters.Wish(entity.key, title, facts, asked, reason), by)


def go(approval: Approval, person: Person) -> str:
    """Have an approved change made for who asked, with the rights that person has by then."""
    told = {"approval": approval.id, "entity": approval.entity, "person": person.id}
    return f"/jobs/{jobs.enqueue(JOB, told, by=person).id}"


def make(work: jobs.Work) -> dict[str, Any]:
    """Change the records, as a job; goes on after the last batch that was stored."""
    person = db.session.get_one(Person, work.arguments["person"])
    asked: Mapping[str, Any] = db.session.get_one(Approval, work.arguments["approval"]).asked
    if not person.active:
        raise Forbidden
    with force_locale(LOCALES[person.locale]), offices.looking_from(person.office_id):
        entity = offices.catalog_of(person.office_id).entities.get(work.arguments["entity"])
        one = next((one for one in editable(entity, person) if one.key == asked["field"]), None) if entity else None
        if entity is None or one is None:
            raise NotFound
        told = dict(work.checkpoint) or {"done": 0, "changed": 0, "refused": 0}
        picked, value = [(int(id_), version) for id_, version in asked["picked"]], recall.value(one, asked["value"])
        if isinstance(value, recall.OldForm):
            raise NotFound
        while told["done"] < len(picked):
            batch = picked[told["done"] : told["done"] + BATCH]
            with transaction():
                outcome = change(entity, batch, one, value, person)
                told = {
                    "done": told["done"] + len(batch),
                    "changed": told["changed"] + len(outcome.changed),
                    "refused": told["refused"] + outcome.refused + len(outcome.clashes),
                }
                work.hold(checkpoint=told)
            work.advance(done=told["done"], total=len(picked), checkpoint=told)
        with transaction():
            data = {"approval": work.arguments["approval"], "field": one.key, **told}
            audit.record("records.changed_together", by=person, entity=entity.key, data=data)
            said = ngettext("%(num)d record changed.", "%(num)d records changed.", told["changed"])
            mail.notify(person.id, said, f"/jobs/{work.job_id}")
    return told
