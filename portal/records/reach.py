"""Which rows and fields a person reaches: the policy, put into the statements of this room."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal.errors import Invalid
from portal.extensions import db
from portal.records import reading
from portal.records.record import Record
from portal.records.tables import table_of
from portal.schema import Entity
from portal.security import Actor, policy
from portal.security.policy import Access

ACTIONS = ("edit", "archive", "export")


def real(person: Actor) -> Actor:
    """The person behind a request's proxy, which would be asked anew for each attribute, thousands of times a page."""
    found: Actor = getattr(person, "_get_current_object", lambda: person)()
    return found


def rows(person: Actor, action: str, entity: Entity) -> sa.ColumnElement[bool]:
    """The rows of the entity's table to which the person may do the action."""
    if not policy.can(person, action, entity.key):
        return sa.false()
    return policy.rows(person, action, entity, table_of(entity.key), table_of)


def among(person: Actor, entity: Entity, ids: Collection[int]) -> set[int]:
    """Those of the ids whose records the person may view."""
    table = table_of(entity.key)
    return set(db.session.scalars(sa.select(table.c.id).where(table.c.id.in_(ids), rows(person, "view", entity))))


def columns(
    entity: Entity, person: Actor, keys: Collection[str], actions: Collection[str] = ACTIONS
) -> Iterator[sa.ColumnElement[Any]]:
    """What a statement selects for records: the columns of the keys and, per row, what the person may do."""
    table = table_of(entity.key)
    for key in keys:
        yield table.c[entity.fields[key].column].label(key)
    for action in actions:
        if policy.can(person, action, entity.key):
            yield rows(person, action, entity).label(f"may {action}")


def records(entity: Entity, person: Actor, rows: Iterable[Mapping[Any, Any]]) -> list[Record]:
    """The records in rows that `columns` selected; what the person may know of a field is asked once for all."""
    known = policy.accesses(person, entity)
    return [_record(entity, person, dict(row), known) for row in rows]


def _record(entity: Entity, person: Actor, row: dict[str, Any], known: dict[str, Access]) -> Record:
    allowed = frozenset(action for action in ACTIONS if row.pop(f"may {action}", False))
    return Record(entity, person, row["id"], row.get("version", 0), row, allowed, known=known)


def check_readable(entity: Entity, person: Actor, keys: Collection[str]) -> None:
    """Refuse to sort or filter by what the person may not read: order and counts would tell the values."""
    problems = {
        key: gettext("There is no such field to sort or filter by.")
        for key in keys
        if not is_readable(entity, person, key)
    }
    if problems:
        raise Invalid(problems)


def is_readable(entity: Entity, person: Actor, key: str) -> bool:
    """Whether the key names a field of which the person may know the values."""
    return reading.may_read(person, entity.fields.get(key))
