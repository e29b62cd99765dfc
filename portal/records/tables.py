"""Core tables of the records, built from a release and kept for as long as the process lives."""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from portal import schema
from portal.errors import NotFound
from portal.extensions import BIG, UtcDateTime, db
from portal.fields import Field
from portal.schema import Catalog, Entity

SYSTEM_COLUMNS: dict[str, Callable[[], sa.Column[object]]] = {
    "id": lambda: sa.Column("id", BIG, primary_key=True),
    "version": lambda: sa.Column("version", sa.Integer, nullable=False),
    "created_at": lambda: sa.Column("created_at", UtcDateTime, nullable=False),
    "updated_at": lambda: sa.Column("updated_at", UtcDateTime, nullable=False),
    "created_by": lambda: sa.Column("created_by_id", sa.Integer),
    "updated_by": lambda: sa.Column("updated_by_id", sa.Integer),
    "owner": lambda: sa.Column("owner_id", sa.Integer),
    "team": lambda: sa.Column("team_id", sa.Integer),
    "office": lambda: sa.Column("office_id", sa.Integer),
    "archived_at": lambda: sa.Column("archived_at", UtcDateTime),
    "external_id": lambda: sa.Column("external_id", sa.String(120)),
}

_tables: dict[tuple[str, str], sa.Table] = {}  # by the checksum of the release and the entity's key


class Columns(dict[str, sa.ColumnElement[Any]]):
    """The columns of a table by field, as conditions ask for them; a field only a draft has is NULL in every row."""

    def __missing__(self, key: str) -> sa.ColumnElement[Any]:
        return sa.null()

    @classmethod
    def of(cls, entity: Entity, table: sa.Table) -> "Columns":
        """The columns of an entity's fields, of those that the table has."""
        return cls({key: table.c[field.column] for key, field in entity.fields.items() if field.column in table.c})


def entity_of(key: str) -> Entity:
    """The entity in the current release; NotFound for a key it does not know."""
    entity = schema.current().entities.get(key)
    if entity is None:
        raise NotFound
    return entity


def table_of(key: str) -> sa.Table:
    """The table of an entity in the current release; NotFound for a key it does not know."""
    catalog = schema.current()
    table = _tables.get((catalog.checksum, key))
    if table is None:
        table = build(catalog, key)
        if len(_tables) > 400:  # releases come and go in a long-lived process
            _tables.clear()
        _tables[catalog.checksum, key] = table
    return table


def build(catalog: Catalog, key: str) -> sa.Table:
    """The table as this catalogue describes it, in a metadata of its own, away from the migrations."""
    entity = catalog.stored.get(key)
    if entity is None:
        raise NotFound
    return sa.Table(entity.table_name, sa.MetaData(), *columns(entity))


def columns(entity: Entity) -> Iterator[sa.Column[object]]:
    """Fresh columns: what every record has, then the fields of the entity."""
    for make in SYSTEM_COLUMNS.values():
        yield make()
    for key, field in entity.fields.items():
        if key not in SYSTEM_COLUMNS:
            yield sa.Column(field.column, field.column_type(), *_worked_out(entity, field))


def _worked_out(entity: Entity, field: Field) -> Iterator[sa.Computed]:
    """What the database keeps right by itself: SQLite while reading, PostgreSQL while writing."""
    if field.expression is not None:
        used = {key: entity.fields[key] for key in field.expression.asks()}
        columns = {key: sa.column(one.column, one.type.column_type()) for key, one in used.items()}
        yield sa.Computed(field.expression.sql(columns), persisted=db.engine.dialect.name == "postgresql")


def again(column: sa.Column[object]) -> sa.Column[object]:
    """The same column without a table, to be added to one."""
    how = column.computed
    return sa.Column(column.name, column.type, *([sa.Computed(how.sqltext, how.persisted)] if how is not None else []))


def column(table: sa.Table, entity: Entity, key: str) -> sa.Column[object]:
    """The column that holds a field; KeyError for a key that is no field, so no name reaches SQL as text."""
    return table.c[entity.fields[key].column]
