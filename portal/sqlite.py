"""How SQLite is opened and how its transactions begin.

Python's driver would begin by itself, and only before a write. Here a transaction begins
plainly with its first statement and takes the write lock (BEGIN IMMEDIATE) when
`transaction()` says so, or else before its first write. In that second case the reads
before it are let go, which is what READ COMMITTED does on PostgreSQL, and which spares us
"database is locked" from a stale snapshot.
"""

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.orm import Session

BUSY_SECONDS = 30
HURRY_MILLISECONDS = 200
SEAT_SECONDS = 2.0
LOOKED_AT = 20_000  # rows of each index that ANALYZE reads: enough for a plan, and done at once
READS = re.compile(r"\s*(SELECT|PRAGMA|EXPLAIN|VALUES|RELEASE|ROLLBACK)\b", re.IGNORECASE)
MAPPED, MAPPED_BY_JOBS = 256 * 1024 * 1024, 16 * 1024 * 1024  # bytes of the file that a connection maps at most
_mapped = [MAPPED]
WRITES_WITHIN = re.compile(r"\b(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


def prepare(engine: sa.Engine) -> None:
    """Give a SQLite engine WAL, full durability, foreign keys and our way to begin; others stay as they are."""
    if engine.dialect.name != "sqlite":
        return
    engine.dialect.statement_compiler = _Compiler
    sa.event.listen(engine, "connect", _open)
    sa.event.listen(engine, "begin", _begin)
    sa.event.listen(engine, "before_cursor_execute", _lock_before_write)


def map_less() -> None:
    """Let connections opened from now on map little of the file: what is mapped counts as memory of the process.

    For jobs, which read and write all over a file of gigabytes, and gain nothing by it.
    """
    _mapped[0] = MAPPED_BY_JOBS


def analyze(engine: sa.Engine) -> None:
    """Let SQLite see how many rows share a value, index by index; PostgreSQL does so by itself."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA analysis_limit = {LOOKED_AT}")
            connection.exec_driver_sql("ANALYZE")
            connection.commit()


class _Compiler(SQLiteCompiler):
    """Writes hints for SQLite too, such as INDEXED BY."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        return text


def begin_writing(session: Session) -> None:
    """Take SQLite's write lock for the session's transaction now; PostgreSQL needs nothing."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        _lock(connection, connection.connection.driver_connection)


class Seats:
    """How many threads of a process may write or wait to: the last one is kept for those who read."""

    def __init__(self, threads: int) -> None:
        self._free = threading.BoundedSemaphore(max(1, threads - 1))

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have a seat within; raises OperationalError as SQLite does when it is busy, but sooner."""
        if not self._free.acquire(timeout=SEAT_SECONDS):
            busy = sqlite3.OperationalError("too many wait to write")
            busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise busy
        try:
            yield
        finally:
            self._free.release()


def begins_writing_at_once(session: Session) -> bool:
    """Begin writing, or say that others have SQLite's write lock and let the transaction go; True on PostgreSQL."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return True
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA busy_timeout = {HURRY_MILLISECONDS}")
    try:
        _lock(connection, driver)
    except sqlite3.OperationalError:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        session.rollback()
        return False
    driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    return True


@contextmanager
def unsynced(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite commit without waiting for the disk: a power cut may cost the newest rows, a killed process none.

    The connection must be outside of a transaction. Whoever commits next with full durability makes these rows safe.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        driver.execute("PRAGMA synchronous = FULL")


def _open(dbapi_connection: Any, record: Any) -> None:
    dbapi_connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        "cache_size = -16000",
        f"mmap_size = {_mapped[0]}",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    connection.info["writing"] = False
    connection.exec_driver_sql("BEGIN")


def _lock_before_write(
    connection: sa.Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    if connection.info.get("writing") or statement == "BEGIN":
        return
    if READS.match(statement):
        return
    if statement.lstrip()[:4].upper() == "WITH" and not WRITES_WITHIN.search(statement):
        return
    _lock(connection, connection.connection.driver_connection)


def _lock(connection: sa.Connection, driver: Any) -> None:
    if not connection.info.get("writing"):
        driver.execute("COMMIT")
        driver.execute("BEGIN IMMEDIATE")
        connection.info["writing"] = True
