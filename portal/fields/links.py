"""How several ids stand in one column, and the table beside it by which they are found."""

from functools import cache
from typing import Any

import sqlalchemy as sa


class Ids(sa.types.TypeDecorator[tuple[int, ...]]):
    """A tuple of ids kept as `|3|17|`; `links` names the table that holds the same, a row for each id."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, links: str | None = None) -> None:
        super().__init__()
        self.links = links

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return f"|{'|'.join(map(str, value))}|" if value else None

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> tuple[int, ...] | None:
        return tuple(map(int, value.strip("|").split("|"))) if value else None

    def pointing(self, column: sa.ColumnElement[Any], id_: Any) -> sa.ColumnElement[bool]:
        """Whether a row points at the id, or at that of a place in a statement, by the index of the table of links."""
        links = table_of(str(self.links))
        rows: Any = column.table
        found: sa.ColumnElement[bool] = rows.c.id.in_(sa.select(links.c.record_id).where(links.c.pointed_id == id_))
        return found


@cache
def table_of(name: str) -> sa.Table:
    """The table of links of that name: who points and at whom, read both ways by an index."""
    key = sa.Column("record_id", sa.BigInteger, primary_key=True, autoincrement=False)
    other = sa.Column("pointed_id", sa.BigInteger, primary_key=True, autoincrement=False)
    table = sa.Table(name, sa.MetaData(), key, other, sqlite_with_rowid=False)
    sa.Index(f"ix_{name}"[:63], other, key)
    return table
