"""Tables of records without their indexes while statements over sets fill them; all are built once the rows are in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from portal import schema
from portal.records import indexes
from portal.records.tables import table_of
from portal.records.token_index import FTS


@contextmanager
def bare(connection: sa.Connection, entity_keys: Sequence[str]) -> Iterator[None]:
    """Take the indexes of these entities and that of the search away, and build them when the block ends."""
    wanted = [
        (key, index) for key in entity_keys for index in indexes.wanted(schema.current().entities[key], _name(key))
    ]
    is_sqlite = connection.dialect.name == "sqlite"
    for _key, index in wanted:
        _run(connection, f'DROP INDEX IF EXISTS "{index.name}"')
    _run(connection, "DROP TRIGGER search_entry_insert" if is_sqlite else "DROP INDEX ix_search_entry_tokens")
    _run(connection, "PRAGMA cache_size = -400000" if is_sqlite else "SET maintenance_work_mem = '400MB'")
    connection.commit()
    yield
    for key, index in wanted:
        unique, columns = "UNIQUE " if index.unique else "", ", ".join(index.columns)
        _run(connection, f'CREATE {unique}INDEX "{index.name}" ON {_name(key)} ({columns})')
        connection.commit()
    if is_sqlite:
        _run(connection, "INSERT INTO search_token(search_token) VALUES ('rebuild')")
        _run(connection, next(text for text in FTS if "search_entry_insert" in text))
    else:
        _run(connection, "CREATE INDEX ix_search_entry_tokens ON search_entry USING gin (tokens)")
    connection.commit()


def close(connection: sa.Connection, table: sa.Table) -> None:
    """Commit rows that brought their ids along: the next row saved gets the id behind them."""
    if connection.dialect.name == "postgresql":
        last = f"(SELECT max(id) FROM {table.name})"
        _run(connection, f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})")
    connection.commit()


def _name(entity_key: str) -> str:
    return table_of(entity_key).name


def _run(connection: sa.Connection, statement: str) -> None:
    connection.execute(sa.text(statement))
