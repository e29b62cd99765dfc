"""Which indexes a table of records wants: one per way of reading it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.extensions import db
from portal.records.tables import SYSTEM_COLUMNS
from portal.schema import Entity
from portal.vault import SealedText

# Lists by scope in their usual order, so that a page of one team's records reads just its rows.
STANDARD = (
    ("updated_at", "id"),
    ("created_at", "id"),
    ("owner_id", "updated_at", "id"),
    ("team_id", "updated_at", "id"),
    ("office_id", "updated_at", "id"),
)
LONGEST = 60  # characters of a name; PostgreSQL cuts at 63


@dataclass(frozen=True)
class Index:
    """One index by its name and columns; a column with a bracket is an expression."""

    name: str
    columns: list[str]
    unique: bool = False

    @property
    def parts(self) -> list[Any]:
        """What it is built over."""
        return [sa.text(column) if "(" in column else column for column in self.columns]


def wanted(entity: Entity, table: str) -> Iterator[Index]:
    """All indexes of the entity's table: (column, id) for what is filtered, sorted or followed."""
    for columns in STANDARD:
        yield Index(_name(table, *columns), list(columns))
    yield Index(_name(table, "external_id"), ["external_id"], unique=True)
    for key, field in entity.fields.items():
        is_link = field.type.target is not None and not field.type.is_upload
        if field.type.is_linking:  # found by its table of links
            continue
        if field.encrypted:
            if field.filterable or field.unique:
                yield Index(sealed(table, field.column), [str(SealedText.beginning(sa.column(field.column)))])
        elif key not in SYSTEM_COLUMNS and (field.filterable or field.sortable or field.unique or is_link):
            yield Index(_name(table, field.column, "id"), [field.column, "id"])


def missing(entity: Entity, table: sa.Table) -> list[Index]:
    """The wanted indexes that are not there, or not finished."""
    there = _there(table.name)
    return [index for index in wanted(entity, table.name) if index.name not in there]


def _there(table: str) -> set[str]:
    if db.engine.dialect.name == "postgresql":
        valid = (
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE i.indrelid = to_regclass(:table) AND i.indisvalid"
        )
    else:
        valid = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = :table"
    return set(db.session.scalars(sa.text(valid), {"table": table}))


def sealed(table: str, column: str) -> str:
    """The name of the index that a column has while its field is encrypted."""
    return _name(table, column, "sealed")


def plain(table: str, column: str) -> str:
    """The name of the index that a column has while its field is not encrypted."""
    return _name(table, column, "id")


def _name(table: str, *columns: str) -> str:
    name = "_".join(("ix", table, *columns))
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
