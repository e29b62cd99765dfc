"""Steps that tell somebody: a notice for colleagues, a mail for the customer."""

from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _l

from portal import jobs, mail
from portal.errors import NotFound
from portal.extensions import db
from portal.jobs import Work
from portal.mail import MergeTemplate, Message
from portal.records import Record, fetch
from portal.rules.actions import Action, Moment, StepFailed
from portal.rules.addressees import people_for
from portal.rules.words import addressee_text
from portal.schema import current
from portal.security import SYSTEM, Person
from portal.translations import LOCALES

JOB = "workflows.mail"


class Notify(Action):
    """Write a notice for colleagues; each reads it in the own language."""

    key = "notify"
    label = _l("Notify")
    icon = "bell"

    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        people = people_for(body.to, moment.record)
        if not people:
            raise StepFailed("no_person", word=body.to)
        entity = moment.record.entity
        for person in people:
            mail.notify(person.id, _text_for(person, body.text, moment.record), f"/{entity.slug}/{moment.record.id}")
        return {"people": [person.id for person in people], "names": [person.name for person in people]}

    def sentence(self, body: Any) -> str:
        return gettext("Tell %(who)s: %(text)s", who=addressee_text(body.to), text=body.text)

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        return gettext("Told %(names)s", names=", ".join(result["names"]))


def _text_for(person: Person, text: Any, record: Record) -> str:
    with force_locale(LOCALES[person.locale]):
        return filled(str(text), _as_seen(record, person))


def _as_seen(record: Record, person: Person) -> Record:
    """The record as the reader of a text may see it; out of reach it is only a number."""
    try:
        return fetch(record.entity.key, record.values["id"], person)
    except NotFound:
        return Record(record.entity, person, record.id)


def filled(text: str, record: Record) -> str:
    """Return a text with its merge fields filled from the record; raises MergeError."""
    template = MergeTemplate(text)
    asked = {name.partition(".")[0] for name in template.names}  # the others would count as seen
    values = {key: record.text(key) for key in asked & record.entity.fields.keys()}
    return template.render(values | ({"record": record.title} if "record" in asked else {}))


def _texts(record: Record) -> dict[str, str]:
    return {key: record.text(key) for key in record.entity.fields}


class Mail(Action):
    """Send a service message of the release to the address on the record."""

    key = "mail"
    label = _l("E-mail")
    icon = "mail"

    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        message, record = current().messages.get(body.message), moment.record
        if message is None:
            raise StepFailed("no_message", word=body.message)
        if message.purpose != "service":
            raise StepFailed("not_service", word=body.message)
        if not record[moment.current_key(body.to)]:
            raise StepFailed("no_address")
        arguments = {"entity": record.entity.key, "id": record.id, "message": message.key, "field": body.to}
        job = jobs.enqueue(JOB, arguments)
        return {"job": job.id, "message": message.key}

    def sentence(self, body: Any) -> str:
        message = current().messages.get(body.message)
        return gettext("Send “%(message)s” to the record's address", message=message.label if message else body.message)

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        job = db.session.get(jobs.Job, result["job"])
        state = job.state if job else "–"
        return gettext("Handed to the mail queue, job %(id)s (%(state)s)", id=result["job"], state=state)


def send(work: Work) -> None:
    """Send one message of a workflow: a job that is never repeated by itself, for the mail may have gone out."""
    asked = work.arguments
    record = fetch(asked["entity"], asked["id"], SYSTEM)
    message = current().messages[asked["message"]]
    work.advance(0, 1)
    mail_to(record[asked["field"]], message, record)


def mail_to(address: str, message: Any, record: Record, more: Mapping[str, str] | None = None) -> None:
    """Send a message of the release with the values of the record, and `more` than those, to an address."""
    values = {key: text or message.fallbacks.get(key, "") for key, text in _texts(record).items()} | dict(more or {})
    subject, body = (MergeTemplate(text).render(values) for text in (message.subject, message.body))
    mail.send(Message(to=address, subject=subject, text=body))
