"""What becomes of a proposal: the owner takes it value by value, or keeps what is on record."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal import audit, clock, schema
from portal.confirmations import answering
from portal.confirmations.models import DECIDED, PROPOSED, Confirmation
from portal.errors import NotFound, PortalError
from portal.extensions import db, transaction
from portal.fields import Field
from portal.letters import FAILED, OPEN
from portal.records import Record, fetch, fetch_many, reach, reading, recall, save, tables
from portal.security import Actor, policy

PAGE = 50
LOST = timedelta(days=14)  # how long a refused letter is shown


@dataclass(frozen=True)
class Line:
    """One field with what is on record and what the customer says, as the viewer reads them."""

    field: Field
    ours: str
    theirs: str
    may_take: bool


def waiting(person: Actor) -> list[tuple[Confirmation, Record, list[Line]]]:
    """The proposals about records within reach with what each would change, the newest first."""
    found = _within(person, Confirmation.state == PROPOSED)
    return [(one, record, lines(one, record)) for one, record in found]


def unanswered(person: Actor) -> list[tuple[Confirmation, Record]]:
    """The letters about records within reach that are out without an answer, or never arrived, the newest first."""
    is_out = sa.and_(Confirmation.state.in_(OPEN), Confirmation.ends_at > clock.now())
    is_lost = sa.and_(Confirmation.state == FAILED, Confirmation.at > clock.now() - LOST)
    return _within(person, sa.or_(is_out, is_lost))


def _within(person: Actor, which: sa.ColumnElement[bool]) -> list[tuple[Confirmation, Record]]:
    found = []
    for noun in schema.current().confirmations.values():
        if not policy.can(person, "edit", noun.on):
            continue
        table, entity = tables.table_of(noun.on), tables.entity_of(noun.on)
        seen = sa.select(table.c.id).where(reach.rows(person, "edit", entity))
        asked = sa.select(Confirmation).where(Confirmation.entity == noun.on, which, Confirmation.record_id.in_(seen))
        rows = db.session.scalars(asked.order_by(Confirmation.id.desc()).limit(PAGE)).all()
        known = fetch_many(noun.on, [one.record_id for one in rows], person)
        found += [(one, known[one.record_id]) for one in rows if one.record_id in known]
    return found


def proposal(id_: int, person: Actor, *, lock: bool = False) -> tuple[Confirmation, Record]:
    """One proposal that waits, about a record the person may edit; raises NotFound."""
    one = db.session.get(Confirmation, id_, with_for_update=lock or None, populate_existing=lock)
    if one is None or one.state != PROPOSED:
        raise NotFound
    try:
        return one, fetch(one.entity, one.record_id, person, "edit")
    except PortalError as error:
        raise NotFound from error


def lines(one: Confirmation, record: Record) -> list[Line]:
    """What is proposed beside what is on record, without fields the viewer may not know of."""
    fields = record.entity.fields
    values = {key: recall.value(fields[key], value) for key, value in (one.proposal or {}).items() if key in fields}
    known = reading.shown(record.person, (fields[key] for key in values))
    return [
        Line(
            field,
            record.text(field.key),
            reading.said(record.person, field, values[field.key], one.record_id),
            record.access(field.key) >= policy.Access.WRITE and not isinstance(values[field.key], recall.OldForm),
        )
        for field in known
    ]


def decide(id_: int, taken: Collection[str], *, by: Actor, version: int | None = None) -> Record:
    """Save the values that are taken, drop the others, and keep that the customer has confirmed the rest.

    Raises NotFound, and Invalid or Conflict as `save` does.
    """
    with transaction():
        one, record = proposal(id_, by, lock=True)
        noun = schema.current().confirmations.get(one.document)
        offered, proposed = {line.field.key for line in lines(one, record) if line.may_take}, one.proposal or {}
        keys = sorted(offered & set(taken))
        load = {key: record.entity.fields[key].type.load for key in keys}
        values: dict[str, Any] = {key: load[key](proposed[key]) for key in keys}
        with audit.told_by(answering.source()):
            saved = save(record, values, by=by, version=version) if values else record
        if noun is not None and noun.stamps in saved.entity.writable() and one.answered_at is not None:
            answering.stamp(noun, saved, one.answered_at)
        one.state, one.decided_at, one.taken = DECIDED, clock.now(), keys
        one.proposal = None  # kept no longer than it is needed
        audit.record("confirmation.decided", by=by, entity=one.entity, record_id=one.record_id, data={"fields": keys})
        return saved
