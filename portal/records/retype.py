"""A field's new type is a new column: filled in batches from the old one, which keeps what would not convert."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from portal import audit, vault
from portal.extensions import db
from portal.fields import Field, FieldError
from portal.records import link_index

BATCH = 1000
LISTED = 1000

Unread = tuple[int, str]  # record id and the text that would not convert


def fill(field: Field, before: Field, table: sa.Table) -> list[Unread]:
    """Fill the new column and return what would not convert (the first 1,000 are noted in the audit log by id).

    A column that comes back keeps a value that says the same already: 007 went to 7 and is 007 again.
    One that the database works out by itself is full already.
    """
    unread: list[Unread] = []
    if field.expression is not None:
        return unread
    column = table.c[field.column]
    old = _former(before, table)
    for rows in _batches(table, old, column):
        written = []
        for id_, value, held in rows:
            try:
                to = field.type.parse(before.type.input_text(value))
                if held is None or (held != to and not _says(before, field.type.input_text(held), value)):
                    written.append({"which": id_, "to": to})
            except FieldError:
                unread.append((id_, before.type.input_text(value)))
        if written:
            if field.encrypted:
                for row in written:
                    row["to"] = None if row["to"] is None else vault.seal(row["to"], field.place, row["which"])
            statement = sa.update(table).where(table.c.id == sa.bindparam("which"))
            values = {column.name: sa.bindparam("to", type_=column.type)}
            db.session.connection().execute(statement.values(values), written)
    if field.type.is_linking:
        link_index.refill(field, table)
    ids = [id_ for id_, _ in unread[:LISTED]]
    told = {"field": field.key, "from": before.type.key, "to": field.type.key, "unread": len(unread), "ids": ids}
    audit.record("schema.retyped", by=None, entity=field.entity, data=told)
    return unread


def _former(before: Field, table: sa.Table) -> "sa.ColumnClause[Any]":
    """The column that a field had, which the release no longer knows."""
    return sa.column(before.column, before.column_type(), _selectable=table)


def _says(field: Field, text: str, value: Any) -> bool:
    """Whether the text means this value to the field."""
    try:
        return bool(field.type.parse(text) == value)
    except FieldError:
        return False


def unconverted(
    field: Field, before: Field, table: sa.Table, visible: sa.ColumnElement[bool] | None = None
) -> Iterator[Unread]:
    """What the old column still holds and the new one, empty so far, could not take: after a release, as a list."""
    old, new = _former(before, table), table.c[field.column]
    shown = sa.true() if visible is None else visible
    for rows in _batches(table, old, new, where=shown):
        yield from ((id_, before.type.input_text(value)) for id_, value, held in rows if held is None)


def unconvertible(field: Field, before: Field, table: sa.Table, limit: int = 100) -> list[Unread]:
    """What would not convert, up to `limit`, without writing anything: for the preview of a release."""
    old = table.c[before.column]
    unread: list[Unread] = []
    for rows in _batches(table, old) if field.expression is None else ():
        for id_, value in rows:
            try:
                field.type.parse(before.type.input_text(value))
            except FieldError:
                unread.append((id_, before.type.input_text(value)))
                if len(unread) >= limit:
                    return unread
    return unread


def _batches(
    table: sa.Table, *columns: sa.ColumnElement[Any], where: sa.ColumnElement[bool] | None = None
) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of id and columns where the first of these holds something, in the order of ids."""
    last = 0
    while True:
        select = sa.select(table.c.id, *columns).where(table.c.id > last, columns[0].is_not(None))
        select = select if where is None else select.where(where)
        rows = [tuple(row) for row in db.session.execute(select.order_by(table.c.id).limit(BATCH))]
        if not rows:
            return
        yield rows
        last = rows[-1][0]
