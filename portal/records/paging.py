"""Pages by key: any page costs the same, however deep, and an empty value stands last in both directions.

A nullable first key splits the rows into those with a value and those without; each part is read in the order of an
index on both engines, although PostgreSQL and SQLite put nulls at opposite ends. The cursor is the id of a row: its
present values are looked up, so no value travels in an address.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import sqlalchemy as sa

from portal.extensions import db

Values = Sequence[Any]
RAW = sa.types.NullType()


@dataclass(frozen=True)
class Key:
    """One column to sort by."""

    column: sa.ColumnElement[Any]
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Part:
    """A stretch of the order: rows that satisfy `where`, sorted by `keys`; `values` is where the cursor stands."""

    keys: tuple[Key, ...]
    where: sa.ColumnElement[bool] | None = None
    values: Values | None = None


def with_id(keys: Sequence[Key], id_column: sa.ColumnElement[Any]) -> tuple[Key, ...]:
    """The keys made unambiguous by the id, which runs in the direction of the last key."""
    return (*keys, Key(id_column, keys[-1].descending if keys else False))


def values_of(keys: Sequence[Key], where: sa.ColumnElement[bool]) -> Values | None:
    """What the keys hold in the row of the cursor, as the driver gives it: a converted value may not compare equal."""
    raw = [sa.type_coerce(key.column, RAW) for key in keys]
    found = db.session.execute(sa.select(*raw).where(where)).first()
    return None if found is None else list(found)


class Near(Protocol):
    """Something that finds the next rows of a part sooner than the whole table would tell."""

    def read(self, select: sa.Select[Any], part: Part, limit: int, *, backwards: bool) -> list[sa.RowMapping] | None:
        """Up to `limit` rows, or None to ask the whole table."""


def read(
    select: sa.Select[Any],
    keys: Sequence[Key],
    values: Values | None,
    *,
    backwards: bool,
    limit: int,
    near: Near | None = None,
) -> list[sa.RowMapping]:
    """Up to `limit` rows next to the cursor, nearest first (so in reverse order when reading backwards)."""
    found: list[sa.RowMapping] = []
    for part in parts(keys, values, backwards=backwards):
        rest = limit - len(found)
        rows = near.read(select, part, rest, backwards=backwards) if near is not None else None
        if rows is None:
            statement = in_order(select, part, backwards=backwards).limit(rest)
            rows = list(db.session.execute(statement).mappings())
        found += rows
        if len(found) >= limit:
            break
    return found


def in_order(select: sa.Select[Any], part: Part, *, backwards: bool) -> sa.Select[Any]:
    """The rows of a part from the cursor on, in reading order."""
    select = select.order_by(*(_order(key, backwards=backwards) for key in part.keys))
    if part.where is not None:
        select = select.where(part.where)
    if part.values is not None:
        select = select.where(beyond(part.keys, part.values, backwards=backwards))
    return select


def parts(keys: Sequence[Key], values: Values | None, *, backwards: bool) -> Iterator[Part]:
    """The stretches still to read from the cursor on, in reading order."""
    first, rest = keys[0], tuple(keys[1:])
    if not first.nullable:
        yield Part(tuple(keys), None, values)
        return
    filled = Part((replace(first, nullable=False), *rest), first.column.is_not(None))
    empty = Part(rest, first.column.is_(None))
    if values is not None and values[0] is None:
        empty = replace(empty, values=values[1:])
        yield from (empty, filled) if backwards else (empty,)
    elif values is not None:
        filled = replace(filled, values=values)
        yield from (filled,) if backwards else (filled, empty)
    else:
        yield from (empty, filled) if backwards else (filled, empty)


def _order(key: Key, *, backwards: bool) -> sa.ColumnElement[Any]:
    order = key.column.desc() if key.descending != backwards else key.column.asc()
    if not key.nullable:
        return order
    return order.nulls_first() if backwards else order.nulls_last()


def beyond(keys: Sequence[Key], values: Values, *, backwards: bool) -> sa.ColumnElement[bool]:
    """The rows strictly past the cursor in reading order."""
    bare = [sa.type_coerce(key.column, RAW) for key in keys]  # compared as the driver gave it
    bound = [sa.literal(value, RAW) for value in values]
    if not any(key.nullable for key in keys) and len({key.descending for key in keys}) == 1:
        row, cursor = sa.tuple_(*bare), sa.tuple_(*bound)
        return row < cursor if keys[0].descending != backwards else row > cursor
    ways: list[sa.ColumnElement[bool]] = []
    equal: list[sa.ColumnElement[bool]] = []
    for key, column, value, literal in zip(keys, bare, values, bound, strict=True):
        ways.append(sa.and_(*equal, _past(key, column, None if value is None else literal, backwards=backwards)))
        equal.append(column.is_(None) if value is None else column == literal)
    return sa.or_(*ways)


def _past(
    key: Key, column: sa.ColumnElement[Any], literal: sa.ColumnElement[Any] | None, *, backwards: bool
) -> sa.ColumnElement[bool]:
    if literal is None:
        return column.is_not(None) if backwards else sa.false()
    past = column < literal if key.descending != backwards else column > literal
    return sa.or_(past, column.is_(None)) if key.nullable and not backwards else past
