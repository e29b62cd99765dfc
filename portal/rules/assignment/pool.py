"""The public pool: what lies in it, who may claim, and a claim that has one winner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from portal import audit, clock, schema
from portal.errors import Conflict, Invalid, NotFound
from portal.extensions import db
from portal.fields import Field
from portal.records import fetch, reading, tables
from portal.rules.assignment import owners
from portal.rules.assignment.models import OwnerMove
from portal.security import SYSTEM, Person


@dataclass(frozen=True)
class Room:
    """How many records a person has of those the pool counts, and how many may be had (None: any number)."""

    held: int
    capacity: int | None

    @property
    def is_full(self) -> bool:
        """Tell whether the person may claim no more."""
        return self.capacity is not None and self.held >= self.capacity


@dataclass(frozen=True)
class Claims:
    """What became of several claims: taken, gone to others, and left for want of room."""

    taken: int
    gone: int
    over: int


def pools(person: Person) -> list[Any]:
    """Return the assignments whose pool is open to the person."""
    return [
        noun
        for noun in schema.current().assignment.values()
        if noun.pool is not None and set(noun.pool.roles) & set(person.role_keys)
    ]


def named(key: str, person: Person) -> Any:
    """Return one of them; raises NotFound."""
    found = next((noun for noun in pools(person) if noun.key == key), None)
    if found is None:
        raise NotFound
    return found


def columns(noun: Any, person: Person) -> Sequence[Field]:
    """Return the fields the pool shows to the person: those of the document that the person's roles may read."""
    fields = schema.current().entities[noun.on].fields
    return reading.readable(person, (fields[key] for key in noun.pool.columns))


def lies(noun: Any, table: sa.Table, person: Person) -> list[sa.ColumnElement[bool]]:
    """Return what a record must meet: no owner, the pool's condition, and no office or the person's."""
    where = [table.c.owner_id.is_(None), *counted(noun, table)]
    return [*where, sa.or_(table.c.office_id.is_(None), table.c.office_id == person.office_id)]


def counted(noun: Any, table: sa.Table) -> list[sa.ColumnElement[bool]]:
    """Return what a record must meet to be one of those the pool is about, whoever has it."""
    where: list[sa.ColumnElement[bool]] = [table.c.archived_at.is_(None)]
    if noun.pool.when is not None:
        where.append(noun.pool.when.where(table, clock.now()))
    return where


def number(noun: Any, person: Person) -> int:
    """Return how many records lie in the pool for the person."""
    table = tables.table_of(noun.on)
    rows = sa.select(sa.func.count()).select_from(table).where(*lies(noun, table, person))
    return db.session.scalar(rows) or 0


def room(noun: Any, person: Person) -> Room:
    """Return how many records the person has and may have."""
    table = tables.table_of(noun.on)
    rows = sa.select(sa.func.count()).select_from(table).where(table.c.owner_id == person.id, *counted(noun, table))
    return Room(db.session.scalar(rows) or 0, noun.pool.capacity)


def claim(noun: Any, record_id: int, person: Person) -> None:
    """Make the person the owner of a record in the pool.

    Raises NotFound for one that never lay there, Conflict when somebody else was faster, Invalid at the capacity.
    """
    db.session.scalar(sa.select(Person.id).where(Person.id == person.id).with_for_update())  # one claim at a time
    table = tables.table_of(noun.on)
    there = sa.select(table.c.id).where(table.c.id == record_id, *lies(noun, table, person))
    if db.session.scalar(there) is None:
        raise Conflict if _was_there(noun, record_id) else NotFound
    held = room(noun, person)
    if held.is_full:
        raise Invalid({"capacity": _l("You have %(held)s of %(most)s; hand some back first.", **_told(held))})
    record = fetch(noun.on, record_id, SYSTEM)
    if record["owner"] is not None:
        raise Conflict
    owners.give(record, person.id, "claim", by=person.id)
    audit.record("pool.claimed", by=person, entity=noun.on, record_id=record_id, data={"pool": noun.key})


def claim_many(noun: Any, ids: Sequence[int], person: Person) -> Claims:
    """Claim several, in their order, as far as there is room; what others were faster at is left out."""
    taken, gone = 0, 0
    for at, id_ in enumerate(ids):
        try:
            with db.session.begin_nested():
                claim(noun, id_, person)
            taken += 1
        except (Conflict, NotFound):
            gone += 1
        except Invalid:
            return Claims(taken, gone, len(ids) - at)
    return Claims(taken, gone, 0)


def _told(held: Room) -> dict[str, object]:
    return {"held": held.held, "most": held.capacity}


def _was_there(noun: Any, record_id: int) -> bool:
    """Tell whether the record has just been claimed by somebody."""
    taken = sa.select(OwnerMove.id).where(OwnerMove.entity == noun.on, OwnerMove.record_id == record_id)
    recent = taken.where(OwnerMove.before_id.is_(None), OwnerMove.cause == "claim")
    return db.session.scalar(recent.limit(1)) is not None


def hand_back(noun: Any, record_id: int, person: Person) -> None:
    """Put an own record back into the pool; raises NotFound for somebody else's."""
    record = fetch(noun.on, record_id, person, "edit")
    if record["owner"] != person.id:
        raise NotFound
    owners.give(fetch(noun.on, record_id, SYSTEM), None, "person", by=person.id)
    audit.record("pool.handed_back", by=person, entity=noun.on, record_id=record_id, data={"pool": noun.key})
