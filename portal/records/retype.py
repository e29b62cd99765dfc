"""A field's new type is a new column: filled in batches from the old one, which keeps what would not convert."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from portal import audit
from portal.extensions import db
from portal.fields import Field, FieldError

BATCH = 1000
LISTED = 1000

Unread = tuple[int, str]  # record id and the text that would not convert


def fill(field: Field, before: Field, table: sa.Table) -> list[Unread]:
    """Fill the new column and return what would not convert (the first 1,000 are noted in the audit log by id)."""
    old = sa.column(before.column, before.type.column_type())
    unread: list[Unread] = []
    for rows in _batches(table, old):
        written = []
        for id_, value in rows:
            try:
                written.append({"which": id_, "to": field.type.parse(before.type.input_text(value))})
            except FieldError:
                unread.append((id_, before.type.input_text(value)))
        if written:
            column = table.c[field.column]
            statement = sa.update(table).where(table.c.id == sa.bindparam("which"))
            values = {column.name: sa.bindparam("to", type_=column.type)}
            db.session.connection().execute(statement.values(values), written)
    ids = [id_ for id_, _ in unread[:LISTED]]
    told = {"field": field.key, "from": before.type.key, "to": field.type.key, "unread": len(unread), "ids": ids}
    audit.record("schema.retyped", by=None, entity=field.entity, data=told)
    return unread


def unconvertible(field: Field, before: Field, table: sa.Table, limit: int = 100) -> list[Unread]:
    """What would not convert, up to `limit`, without writing anything: for the preview of a release."""
    old = table.c[before.column]
    unread: list[Unread] = []
    for rows in _batches(table, old):
        for id_, value in rows:
            try:
                field.type.parse(before.type.input_text(value))
            except FieldError:
                unread.append((id_, before.type.input_text(value)))
                if len(unread) >= limit:
                    return unread
    return unread


def _batches(table: sa.Table, old: sa.ColumnElement[Any]) -> Iterator[list[tuple[int, Any]]]:
    last = 0
    while True:
        select = sa.select(table.c.id, old).where(table.c.id > last, old.is_not(None))
        rows = [(id_, value) for id_, value in db.session.execute(select.order_by(table.c.id).limit(BATCH))]
        if not rows:
            return
        yield rows
        last = rows[-1][0]
