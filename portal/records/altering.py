"""Changing a table while others work with it: whoever waits for its lock makes all readers wait behind."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from portal.extensions import db

if TYPE_CHECKING:
    from alembic.operations import Operations

TRIES, WAIT_MS, PAUSE_SECONDS = 40, 100, 0.1

Alter = Callable[["Operations"], object]


def alter(table: str, change: Alter) -> None:
    """Change a table; on PostgreSQL in a transaction of its own that gives up waiting after moments and tries again.

    SQLite's writing transaction holds the only lock there is, and readers see the past. A table that this transaction
    has touched is changed within it: another connection would wait for us.
    """
    if not is_postgresql() or _is_held_by_us(table):
        change(operations(db.session.connection()))
        return
    for tries_left in reversed(range(TRIES)):
        try:
            with db.engine.begin() as connection:
                connection.execute(sa.text(f"SET LOCAL lock_timeout = {WAIT_MS}"))
                change(operations(connection))
            return
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") != "55P03" or not tries_left:  # lock_not_available
                raise
            time.sleep(PAUSE_SECONDS)


def _is_held_by_us(table: str) -> bool:
    held = "SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid() AND relation = to_regclass(:name) LIMIT 1"
    return db.session.execute(sa.text(held), {"name": table}).first() is not None


def is_postgresql() -> bool:
    """Whether the database is PostgreSQL."""
    return db.engine.dialect.name == "postgresql"


def operations(connection: sa.Connection) -> "Operations":
    """Alembic comes in with the first release that changes storage: most web processes never publish one."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    return Operations(MigrationContext.configure(connection))
