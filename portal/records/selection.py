"""Which rows a list, a sum or a segment is about: the policy, the condition and the words looked for."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from portal import clock
from portal.extensions import db
from portal.records import finder, reach
from portal.records.tables import entity_of, table_of
from portal.schema import Entity, conditions
from portal.security import Actor

MOST = 1000  # counting goes no further: an exact count of a million rows is slow and nobody reads it

Predicates = list[sa.ColumnElement[bool]]


def where(
    entity_key: str,
    person: Actor,
    condition: conditions.Condition | None = None,
    *,
    text: str = "",
    archived: bool = False,
) -> Predicates:
    """The predicates on `table_of(entity_key)`, the policy first; raises Invalid for fields the person may not read."""
    entity, table = entity_of(entity_key), table_of(entity_key)
    found = [reach.rows(person, "view", entity)]
    found.append(table.c.archived_at.is_not(None) if archived else table.c.archived_at.is_(None))
    if condition is not None:
        reach.check_readable(entity, person, condition.fields())
        found.append(condition.where(by_key(entity), clock.now(), person))
    if text.strip():
        found.append(finder.matching(entity, person, text))
    return found


def by_key(entity: Entity) -> dict[str, sa.ColumnElement[Any]]:
    """The columns as conditions name them."""
    table = table_of(entity.key)
    return {key: table.c[field.column] for key, field in entity.fields.items()}


def count(entity_key: str, predicates: Sequence[sa.ColumnElement[bool]], most: int = MOST) -> int:
    """How many rows there are, giving up one past `most`."""
    return db.session.execute(counting(entity_key, predicates, most)).scalar_one()


def counting(entity_key: str, predicates: Sequence[sa.ColumnElement[bool]], most: int = MOST) -> sa.Select[int]:
    """The statement that counts them so."""
    some: sa.Select[Any] = (
        sa.select(sa.literal_column("1")).select_from(table_of(entity_key)).where(*predicates).limit(most + 1)
    )
    return sa.select(sa.func.count()).select_from(some.subquery())
