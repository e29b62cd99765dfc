"""A field's new type is a new column: filled in batches from the old one, which keeps what would not convert.

A small table is filled by the release itself, a large one before it (see `preparation`).
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from portal import audit, vault
from portal.extensions import db
from portal.fields import Field, FieldError
from portal.records import link_index, links, ranks

BATCH = 1000
LISTED = 1000

Unread = tuple[int, str]  # record id and the text that would not convert


class Conversion:
    """How the values of a field are read by its new type."""

    def __init__(self, field: Field, before: Field, table: sa.Table) -> None:
        self.field, self.before, self.table = field, before, table

    @property
    def is_own(self) -> bool:
        """Whether records come to point at others of their kind, so that a value alone does not say if it converts."""
        return self.field.type.target == self.field.entity

    def read(self, id_: int, value: Any) -> Any:
        """The value of a record as the new type has it; raises FieldError."""
        to = self.field.type.parse(self.before.type.input_text(value))
        pointed = () if to is None else self.field.type.pointed(to)
        if self.there is not None and not self.there.issuperset(pointed):
            raise FieldError(_l("Choose one from the list."))
        if self.is_own and id_ in pointed:
            raise FieldError(_l("Choose another record than this one."))
        return to

    def takes(self, id_: int, value: Any) -> bool:
        """Whether the value converts, rings looked for in what all records would point at."""
        try:
            self.read(id_, value)
        except FieldError:
            return False
        return id_ not in self.misfits

    @cached_property
    def there(self) -> set[int] | None:
        """The ids that can be pointed at, where the values were none of them yet: 7 may be the number of nothing."""
        target = self.field.type.target
        if target is None or target == self.before.type.target:
            return None
        staff = links.STAFF.get(target)
        if staff is not None:
            return set(db.session.scalars(sa.select(staff.id)))
        table = sa.table(f"record_{target}", sa.column("id"))
        is_made = sa.inspect(db.session.connection()).has_table(table.name)  # a draft may bring the entity along
        return set(db.session.scalars(sa.select(table.c.id))) if is_made else set()

    @cached_property
    def misfits(self) -> set[int]:
        """The records that would stand above themselves, or too deep."""
        above: dict[int, int] = {}
        if self.is_own and self.field.type.is_ranking:
            for rows in _batches(self.table, _former(self.before, self.table)):
                above.update({id_: to for id_, value in rows if (to := self._read(id_, value)) is not None})
        return ranks.misfits(above)

    def _read(self, id_: int, value: Any) -> Any:
        try:
            return self.read(id_, value)
        except FieldError:
            return None

    def write(self, rows: Iterable[tuple[int, Any, Any]]) -> list[Unread]:
        """Fill the new column of rows of id, old value and what the column holds already; what would not convert."""
        unread, written = list[Unread](), []
        for id_, value, held in rows:
            try:
                to = self.read(id_, value)
                if held is None or (held != to and not _says(self.before, self.field.type.input_text(held), value)):
                    written.append({"which": id_, "to": self._stored(id_, to)})
            except FieldError:
                unread.append((id_, self.before.type.input_text(value)))
        if written:
            column = self.table.c[self.field.column]
            statement = sa.update(self.table).where(self.table.c.id == sa.bindparam("which"))
            values = {column.name: sa.bindparam("to", type_=column.type)}
            db.session.connection().execute(statement.values(values), written)
        return unread

    def _stored(self, id_: int, value: Any) -> Any:
        return value if value is None or not self.field.encrypted else vault.seal(value, self.field.place, id_)


def ahead(conversion: Conversion, after: int) -> int | None:
    """Fill the next rows, locked, before the release that reads them; the last id, or None behind the end."""
    table, column = conversion.table, conversion.table.c[conversion.field.column]
    rows = next(_batches(table, _former(conversion.before, table), column, after=after, lock=True), None)
    if rows is None:
        return None
    conversion.write(rows)
    return int(rows[-1][0])


def fill(field: Field, before: Field, table: sa.Table, is_prepared: bool = False) -> list[Unread]:
    """Fill the new column and return what would not convert (the first 1,000 are noted in the audit log by id).

    Of a column that is prepared only those rows are read that hold nothing yet.

    Of values that point in a ring none converts, nor one that is the number of nothing. A column that comes back keeps
    a value that says the same already: 007 went to 7 and is 007 again.
    One that the database works out by itself is full already.
    """
    unread: list[Unread] = []
    if field.expression is not None:
        return unread
    column = table.c[field.column]
    old, conversion = _former(before, table), Conversion(field, before, table)
    for rows in _batches(table, old, column, where=column.is_(None) if is_prepared else None, lock=True):
        unread += conversion.write(rows)
    unread = sorted([*unread, *_part_rings(conversion, column, old)])
    if field.type.is_linking:
        link_index.refill(field, table)
    ids = [id_ for id_, _ in unread[:LISTED]]
    told = {"field": field.key, "from": before.type.key, "to": field.type.key, "unread": len(unread), "ids": ids}
    audit.record("schema.retyped", by=None, entity=field.entity, data=told)
    return unread


def _part_rings(conversion: Conversion, column: sa.Column[Any], old: sa.ColumnElement[Any]) -> Iterator[Unread]:
    """Empty what now points in a ring or stands too deep; the old column keeps it."""
    if not conversion.is_own or not conversion.field.type.is_ranking:
        return
    table, before = conversion.table, conversion.before
    above = dict(db.session.execute(sa.select(table.c.id, column).where(column.is_not(None))).all())
    for ids in _chunks(ranks.misfits(above)):
        rows = sa.select(table.c.id, old).where(table.c.id.in_(ids), old.is_not(None))
        kept = dict(db.session.execute(rows).all())
        db.session.execute(sa.update(table).where(table.c.id.in_(kept)).values({column.name: None}))
        yield from ((id_, before.type.input_text(value)) for id_, value in kept.items())


def _chunks(ids: Collection[int]) -> Iterator[list[int]]:
    listed = sorted(ids)
    return (listed[start : start + BATCH] for start in range(0, len(listed), BATCH))


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


def _batches(
    table: sa.Table,
    *columns: sa.ColumnElement[Any],
    where: sa.ColumnElement[bool] | None = None,
    after: int = 0,
    lock: bool = False,
) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of id and columns where the first of these holds something, in the order of ids."""
    last = after
    while True:
        select = sa.select(table.c.id, *columns).where(table.c.id > last, columns[0].is_not(None))
        select = select if where is None else select.where(where)
        select = select.with_for_update(of=table) if lock else select
        rows = [tuple(row) for row in db.session.execute(select.order_by(table.c.id).limit(BATCH))]
        if not rows:
            return
        yield rows
        last = rows[-1][0]
