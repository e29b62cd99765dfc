"""What of the values from outside somebody reads: of a record with every source, and all that differ within reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal import schema
from portal.errors import NotFound
from portal.extensions import db
from portal.fields import Field
from portal.providers.models import DIFFERS, UNREADABLE, OutsideFetch, OutsideValue
from portal.records import Record, fetch, fetch_many, history, reach, reading, recall, tables
from portal.security import Actor, policy

PAGE = 100


@dataclass(frozen=True)
class Beside:
    """One value from outside beside ours, as the viewer reads both."""

    row: OutsideValue
    record: Record
    field: Field
    source: Any
    ours: str
    theirs: str
    may_take: bool

    @property
    def is_open(self) -> bool:
        """Whether somebody should decide."""
        return self.row.state == DIFFERS


def of_record(record: Record) -> list[Beside]:
    """What providers say of a record, in the order of its fields."""
    mine = sa.and_(OutsideValue.entity == record.entity.key, OutsideValue.record_id == record.id)
    rows = db.session.scalars(sa.select(OutsideValue).where(mine)).all()
    order = list(record.entity.fields)
    found = [one for row in rows if (one := _beside(row, record)) is not None]
    return sorted(found, key=lambda one: order.index(one.field.key))


def _beside(row: OutsideValue, record: Record) -> Beside | None:
    noun, field = schema.current().providers.get(row.provider), record.entity.fields.get(row.field)
    if noun is None or field is None or not reading.may_know(record.person, field):
        return None
    value = recall.OldForm(row.value) if row.state == UNREADABLE else recall.value(field, row.value)
    theirs = reading.said(record.person, field, value, record.id)
    may_write = record.may("edit") and record.access(field.key) >= policy.Access.WRITE
    may_take = may_write and not isinstance(value, recall.OldForm)
    return Beside(row, record, field, noun.label, record.text(field.key), theirs, may_take)


def conflicts(person: Actor, after: int | None = None) -> tuple[list[Beside], int | None]:
    """What differs in records within reach, the newest first, and where the next page begins."""
    reached = sa.or_(sa.false(), *(_within(noun, person) for noun in schema.current().providers.values()))
    select = sa.select(OutsideValue).where(OutsideValue.state == DIFFERS, reached)
    if after is not None:
        select = select.where(OutsideValue.id < after)
    rows = db.session.scalars(select.order_by(OutsideValue.id.desc()).limit(PAGE + 1)).all()
    known: dict[tuple[str, int], Record] = {}
    for entity in {row.entity for row in rows}:
        some = fetch_many(entity, [row.record_id for row in rows if row.entity == entity], person)
        known |= {(entity, id_): record for id_, record in some.items()}
    shown = ((row, known.get((row.entity, row.record_id))) for row in rows[:PAGE])
    found = [one for row, record in shown if record is not None and (one := _beside(row, record)) is not None]
    return found, rows[PAGE - 1].id if len(rows) > PAGE else None


def _within(noun: Any, person: Actor) -> sa.ColumnElement[bool]:
    table, entity = tables.table_of(noun.on), tables.entity_of(noun.on)
    seen = sa.select(table.c.id).where(reach.rows(person, "edit", entity), table.c.archived_at.is_(None))
    return sa.and_(OutsideValue.provider == noun.key, OutsideValue.record_id.in_(seen))


def value_of(id_: int, person: Actor) -> Beside:
    """One value from outside about a record the person may edit; raises NotFound."""
    row = db.session.get(OutsideValue, id_, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    found = _beside(row, fetch(row.entity, row.record_id, person, "edit"))
    if found is None:
        raise NotFound
    return found


def ours_since(one: Beside) -> tuple[datetime, str] | None:
    """When and by whom our value was entered; nothing where the history does not tell."""
    changes = history(one.record, one.record.person, one.field.key)
    return (changes[0].at, changes[0].by) if changes else None


def fetches(record: Record) -> Sequence[OutsideFetch]:
    """How asking about a record went."""
    mine = sa.and_(OutsideFetch.entity == record.entity.key, OutsideFetch.record_id == record.id)
    return db.session.scalars(sa.select(OutsideFetch).where(mine)).all()
