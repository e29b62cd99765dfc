"""The customer's answer: all right, or other values for the fields that the document asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import force_locale, gettext, ngettext

from portal import audit, clock, mail, schema
from portal.confirmations.asking import POST
from portal.confirmations.models import CONFIRMED, DECIDED, PROPOSED, Confirmation
from portal.extensions import db, transaction
from portal.fields import Field
from portal.records import Record, fetch, reading, save
from portal.records import links as names
from portal.rules import addressees
from portal.security import SYSTEM, policy
from portal.translations import LOCALES


def source() -> str:
    """What histories call the customer who answers."""
    return gettext("customer by link")


def asked(noun: Any, record: Record) -> list[Field]:
    """The fields the customer may change."""
    entity = schema.current().entities[record.entity.key]
    return [entity.fields[key] for key in noun.asks if key in entity.fields]


def is_veiled(field: Field) -> bool:
    """Whether the customer sees a mask and an empty input: whoever reads the mail by mistake learns no number."""
    return field.is_guarded


def shown(field: Field, record: Record) -> str:
    """What the page says of a value."""
    access = policy.Access.MASK if is_veiled(field) else policy.Access.READ
    return reading.told(field, record[field.key], access, {})


def answer(token: str, given: Mapping[str, Any]) -> str:
    """Take the answer; return confirmed, proposed or decided. Of two answers the second finds the link closed.

    Values equal to those on record change nothing. Raises Closed, and Invalid by field.
    """
    with transaction():
        one, noun, record = POST.opened(token, lock=True)
        fields = {field.key: field for field in asked(noun, record)}
        changed = {key: value for key, value in given.items() if key in fields and value != record[key]}
        one.answered_at = clock.now()
        stamped = {noun.stamps: _moment(record, noun, one.answered_at)}
        with audit.told_by(source()):
            if not changed:
                one.state = CONFIRMED
                save(record, stamped, by=SYSTEM)
            elif noun.straight:
                one.state, one.decided_at, one.taken = DECIDED, clock.now(), sorted(changed)
                save(record, {**changed, **stamped}, by=SYSTEM)
            else:
                one.state = PROPOSED
                one.proposal = {key: fields[key].type.dump(value) for key, value in changed.items()}
            audit.record(
                f"confirmation.{one.state}",
                by=SYSTEM,
                entity=one.entity,
                record_id=one.record_id,
                data={"fields": sorted(changed)},
            )
        _tell(one, record, len(changed))
        return one.state


def stamp(noun: Any, record: Record, at: datetime) -> None:
    """Keep when the customer confirmed the record, quietly: the version people hold stays good."""
    save(fetch(record.entity.key, record.values["id"], SYSTEM), {noun.stamps: _moment(record, noun, at)}, by=SYSTEM)


def _moment(record: Record, noun: Any, at: datetime) -> Any:
    """A moment as the field of the stamp keeps it: a day, or the time too."""
    return record.entity.fields[noun.stamps].type.at(at)


def _tell(one: Confirmation, record: Record, number: int) -> None:
    """Tell the owner what the customer said."""
    for person in addressees.people_for("owner", record):
        with force_locale(LOCALES[person.locale]):
            about = (one.entity, one.record_id)
            name = names.called([about], person).get(about, f"#{one.record_id}")
            if one.state == PROPOSED:
                text = ngettext(
                    "%(name)s proposes %(num)d change of the details",
                    "%(name)s proposes %(num)d changes of the details",
                    number,
                    name=name,
                )
            else:
                text = gettext("%(name)s has confirmed the details", name=name)
        link = f"/confirmations/{one.id}" if one.state == PROPOSED else f"/{record.entity.slug}/{record.id}"
        mail.notify(person.id, text, link)
    db.session.flush()
