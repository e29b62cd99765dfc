"""A page of a long list on SQLite, looked for among the rows that come next before the whole table is asked.

SQLite reads by one index: it fetches all rows of a team, or all that pass a filter, and sorts them to show fifty. Where
many rows pass, fifty stand among the next few thousand in order, however long the list is. A filter by values that few
rows share has its index, and is not looked for so. PostgreSQL joins indexes and knows how many rows it wants.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from portal import clock, schema, sqlite
from portal.extensions import db
from portal.records import indexes
from portal.records.paging import Part, beyond, in_order
from portal.schema import Entity

LOOK = 8_000  # rows looked at
LARGE = 20_000  # rows up to which the whole table is asked at once
RARE = 200  # different values from which on a filter is left to its index
FRESH = timedelta(minutes=10)
STATISTICS = sa.text("SELECT idx, stat FROM sqlite_stat1 WHERE idx IS NOT NULL")
IS_THERE = sa.text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")


@dataclass(frozen=True)
class Spread:
    """How SQLite found its indexes when it looked last: rows, and rows that share a first value, by index."""

    release: str
    until: datetime
    of: dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Nearby:
    """Reads pages of one table of records; `indexes` are those by a column and the id, by column."""

    table: sa.Table
    indexes: dict[str, str]

    def read(self, select: sa.Select[Any], part: Part, limit: int, *, backwards: bool) -> list[sa.RowMapping] | None:
        """The next rows of a part in order if all `limit` of them are near, else None: ask the whole table."""
        column: Any = part.keys[0].column
        index = self.indexes.get(getattr(column, "name", ""))
        if index is None or len(part.keys) != 2 or part.keys[0].descending != part.keys[1].descending:
            return None
        hint = f'INDEXED BY "{index}"'
        bare: Any = sa.select(*(sa.type_coerce(key.column, sa.types.NullType()) for key in part.keys))
        far = in_order(bare.with_hint(self.table, hint, "sqlite"), part, backwards=backwards)
        bound = db.session.execute(far.limit(1).offset(LOOK)).first()
        if bound is None:
            return None
        near = sa.not_(beyond(part.keys, list(bound), backwards=backwards))
        statement = in_order(select.with_hint(self.table, hint, "sqlite"), part, backwards=backwards).where(near)
        found = list(db.session.execute(statement.limit(limit)).mappings())
        return found if len(found) == limit else None


def of(entity: Entity, table: sa.Table, filtered: Collection[str]) -> Nearby | None:
    """What looks nearby in a table, filtered by these fields; None where that would be in vain or no help."""
    if db.engine.dialect.name != "sqlite" or any(entity.fields[key].may_be_sealed for key in filtered):
        return None
    spread = _spread().of
    asked_of = (Nearby, id(entity))  # what is kept holds the entity, so that its id is its own
    _entity, found = schema.current().remembered(asked_of, lambda: (entity, _in_order(entity, table.name)))
    known = {column: spread[name] for column, name in found.items() if name in spread}
    if not known or max(rows for rows, _ in known.values()) < LARGE:
        return None
    asked = [known[column] for key in filtered if (column := entity.fields[key].column) in known]
    if any(shared < min(rows // RARE, sqlite.LOOKED_AT) for rows, shared in asked):
        return None
    return Nearby(table, {column: found[column] for column in known})


def _in_order(entity: Entity, table: str) -> dict[str, str]:
    """The indexes by a column and the id, by column."""
    return {one.columns[0]: one.name for one in indexes.wanted(entity, table) if one.columns[1:] == ["id"]}


def _spread() -> Spread:
    """What is known of the indexes, asked again when it has become old; nothing before the first ANALYZE."""
    kept: Spread | None = current_app.extensions.get("spread")
    release = schema.current().checksum
    if kept is None or kept.release != release or kept.until <= clock.now():
        rows = db.session.execute(STATISTICS).all() if db.session.scalar(IS_THERE) else ()
        told = {row.idx: (int(row.stat.split()[0]), int(row.stat.split()[1])) for row in rows}
        kept = current_app.extensions["spread"] = Spread(release, clock.now() + FRESH, told)
    return kept
