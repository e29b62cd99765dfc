"""What a failure of disk or database means: it is away, it is busy, or there is no room; and nothing was saved.

Codes: SQLite's result codes (https://sqlite.org/rescode.html), PostgreSQL's SQLSTATE (appendix A of its manual).
"""

import errno
import sqlite3
import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any

import sqlalchemy as sa

from portal.errors import Busy


class Outage(Enum):
    """Why the portal cannot do something just now, though nothing is wrong with what was asked."""

    AWAY = "away"  # the database cannot be reached, or is starting
    BUSY = "busy"  # others hold what is needed, for longer than one should wait
    FULL = "full"  # the disk takes no more


SQLITE = {
    sqlite3.SQLITE_BUSY: Outage.BUSY,
    sqlite3.SQLITE_LOCKED: Outage.BUSY,
    sqlite3.SQLITE_FULL: Outage.FULL,
    sqlite3.SQLITE_IOERR: Outage.AWAY,
    sqlite3.SQLITE_CANTOPEN: Outage.AWAY,
    sqlite3.SQLITE_READONLY: Outage.AWAY,
}
SQLITE_WRITES = frozenset(
    {  # of the failures to read and write, those that come from a want of room
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_SHMMAP,
        sqlite3.SQLITE_IOERR_NOMEM,
    }
)
POSTGRESQL = {
    "53100": Outage.FULL,  # disk_full
    "53": Outage.BUSY,  # no connection, no memory
    "08": Outage.AWAY,
    "57P": Outage.AWAY,  # shut down, crashed, starting
    "25006": Outage.AWAY,  # a standby, which takes no writes
    "55P03": Outage.BUSY,  # lock_not_available
    "57014": Outage.BUSY,  # query_canceled
    "40": Outage.BUSY,  # deadlock, serialization
}
OUT_OF_RANGE = "22003"  # numeric_value_out_of_range
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def outage(problem: BaseException) -> Outage | None:
    """The outage behind an exception, or None when it is a fault of its own."""
    for cause in _causes(problem):
        if isinstance(cause, Busy):
            return Outage.BUSY
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            return Outage.FULL
        if isinstance(cause, sqlite3.Error):
            return _of_sqlite(cause)
        if (driver := _driver()) is not None and isinstance(cause, driver.Error):
            return _of_postgresql(cause, driver)
        if isinstance(cause, sa.exc.TimeoutError):
            return Outage.BUSY  # no connection of the pool came free
        if isinstance(cause, sa.exc.DBAPIError) and cause.connection_invalidated:
            return Outage.AWAY
    return None


def is_beyond(problem: BaseException) -> bool:
    """Whether a number was larger than its column takes, so that no row can have it."""
    states = ((cause, getattr(cause, "sqlstate", None)) for cause in _causes(problem))
    return any(isinstance(cause, OverflowError) or state == OUT_OF_RANGE for cause, state in states)


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """The exception and what it stands for, outermost last for SQLAlchemy wraps what the driver says."""
    at: BaseException | None = problem
    for _ in range(10):
        if at is None:
            return
        orig: Any = getattr(at, "orig", None)
        if isinstance(orig, BaseException):
            yield orig
        yield at
        at = at.__cause__ or at.__context__


def _of_sqlite(problem: sqlite3.Error) -> Outage | None:
    code = getattr(problem, "sqlite_errorcode", 0)
    return Outage.FULL if code in SQLITE_WRITES else SQLITE.get(code & 0xFF)


def _driver() -> Any:
    """The driver of PostgreSQL where one is at work: on SQLite nobody loads its 8 MB, and nothing fails in it."""
    return sys.modules.get("psycopg")


def _of_postgresql(problem: Any, driver: Any) -> Outage | None:
    state = problem.sqlstate or ""
    if not state:  # it never came to an answer
        return Outage.AWAY if isinstance(problem, driver.OperationalError | driver.InterfaceError) else None
    return next((POSTGRESQL[state[:length]] for length in (5, 3, 2) if state[:length] in POSTGRESQL), None)
