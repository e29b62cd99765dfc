"""Write rows: many at once, and such as somebody else may be writing too.

PostgreSQL takes many by COPY, three to four times as fast as one INSERT each.

SQLite's driver gets them as they are, for SQLAlchemy spends more on the parameters of a row than SQLite on the row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from portal.extensions import UtcDateTime, db

FEW = 20
"""Rows up to which an INSERT is as fast."""


def insert(into: Any) -> postgresql.Insert:
    """An INSERT that can say what becomes of a row whose key is taken, in the words of the engine at work."""
    made: postgresql.Insert = {"sqlite": sqlite, "postgresql": postgresql}[db.engine.dialect.name].insert(into)
    return made


def insert_many(table: sa.FromClause, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows in the present transaction; all name the same columns, by the keys of the table.

    Raises sqlalchemy.exc.DBAPIError, as an INSERT does, and ValueError where a column that is not named would get a
    value of Python's: many rows leave a column to the database alone.
    """
    connection = db.session.connection()
    if len(rows) > FEW:
        (_copy if connection.dialect.name == "postgresql" else _insert)(connection, table, rows)
    elif rows:
        connection.execute(sa.insert(table), list(rows))  # type: ignore[arg-type]


def _insert(connection: sa.Connection, table: sa.FromClause, rows: Sequence[Mapping[str, Any]]) -> None:
    names, marks = _names(connection, table, rows[0]), ", ".join("?" * len(rows[0]))
    statement = f"INSERT INTO {_quoted(connection, table)} ({names}) VALUES ({marks})"  # nosec B608
    written: list[Any] = list(_written(connection, table, rows))
    connection.exec_driver_sql(statement, written)


def _quoted(connection: sa.Connection, table: sa.FromClause) -> str:
    return connection.dialect.identifier_preparer.format_table(table)


def _names(connection: sa.Connection, table: sa.FromClause, row: Mapping[str, Any]) -> str:
    quote = connection.dialect.identifier_preparer.quote
    return ", ".join(quote(column.name) for column in _columns(table, row))


def _copy(connection: sa.Connection, table: sa.FromClause, rows: Sequence[Mapping[str, Any]]) -> None:
    from psycopg import Error  # which a portal on SQLite never loads

    statement = f"COPY {_quoted(connection, table)} ({_names(connection, table, rows[0])}) FROM STDIN"
    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for row in _written(connection, table, rows):
                copy.write_row(row)
    except Error as error:
        raise sa.exc.DBAPIError.instance(statement, None, error, Error) from error


def _columns(table: sa.FromClause, row: Mapping[str, Any]) -> list[sa.Column[Any]]:
    left = [column.key for column in table.c if column.key not in row and getattr(column, "default", None) is not None]
    left = [key for key in left if not table.c[key].default.is_sequence]
    if left:
        raise ValueError(f"give these columns a value: {', '.join(left)}")
    return [table.c[key] for key in row]  # type: ignore[misc]


def _written(connection: sa.Connection, table: sa.FromClause, rows: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """The rows as the driver takes them; most columns take a value as it is, and are not asked."""
    columns, dialect = _columns(table, rows[0]), connection.dialect
    kinds = [column.type for column in columns]
    made = [kind.dialect_impl(dialect).bind_processor(dialect) for kind in kinds]
    writers = [
        (at, _once(write) if isinstance(kinds[at], UtcDateTime) else write)
        for at, write in enumerate(made)
        if write is not None
    ]
    keys = [column.key for column in columns]
    for row in rows:
        values = [row[key] for key in keys]
        for at, write in writers:
            values[at] = write(values[at])
        yield tuple(values)


def _once(made: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same for many rows: most of them share one moment, which need not be written out for each."""
    last = written = object()

    def write(value: Any) -> Any:
        nonlocal last, written
        if value is not last:
            last, written = value, made(value)
        return written

    return write
