"""Carries out what a release changes in storage: it only ever adds, so the way back is metadata alone.

`apply` runs inside the publishing transaction. On PostgreSQL a column is added in a transaction of its own, which ends
at once and gives up waiting after a moment, so that no reader stands behind it; large indexes come CONCURRENTLY by
the job `records.index`.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from portal import jobs
from portal.extensions import db
from portal.records import indexes, link_index, reindexing, resealing, retype, tables
from portal.records.indexes import Index
from portal.schema import Catalog, Entity, releases

if TYPE_CHECKING:
    from alembic.operations import Operations

TRIES, WAIT_MS, PAUSE_SECONDS = 40, 100, 0.1
NO_TABLE = ("archive_entity", "layout")  # changes of documents alone
SMALL = 20_000  # rows up to which an index is built at once

Alter = Callable[["Operations"], object]


def apply(plan: releases.Plan) -> None:
    """Create what the new catalogue needs and the database lacks; idempotent."""
    late = False
    for key in sorted({change.entity for change in plan.changes if change.kind not in NO_TABLE}):
        _clear(plan, key)
        late |= _entity(plan.new, key)
        resealing.follow(plan.new, plan.new.stored[key])
    reindexing.follow(plan)
    for change in plan.changes:
        if change.kind == "retype" and change.field is not None and change.before is not None:
            retype.fill(change.field, change.before, tables.build(plan.new, change.entity))
    if late:
        jobs.enqueue("records.index", unique_key=f"records.index {plan.new.release}")


def _clear(plan: releases.Plan, key: str) -> None:
    """Take away what a publish that failed has left behind under a name that is only now given out."""
    fresh = {physical for entity, physical in plan.fresh if entity == key}
    table = tables.build(plan.new, key)
    there = {column["name"] for column in _columns(db.session.connection(), table.name)} if fresh else set()
    for name in sorted(fresh & there):
        _alter(table.name, lambda op, name=name: op.drop_column(table.name, name))  # type: ignore[misc]


def _entity(catalog: Catalog, key: str) -> bool:
    """Bring one table up to the catalogue; whether indexes are left for later."""
    table = tables.build(catalog, key)
    connection = db.session.connection()
    there = {column["name"] for column in _columns(connection, table.name)}
    if not there:
        _create(table)
    missing = [column for column in table.columns if there and column.name not in there]
    for column in sorted(missing, key=lambda column: column.computed is not None):  # what it asks for stands first
        added = tables.again(column)
        _alter(table.name, lambda op, added=added: op.add_column(table.name, added, if_not_exists=_is_postgresql()))  # type: ignore[misc]
    _links(catalog.stored[key])
    wanted = indexes.missing(catalog.stored[key], table)
    if wanted and _is_postgresql() and there and _is_large(table):
        return True
    for index in wanted:
        _operations(connection).create_index(index.name, table.name, index.parts, unique=index.unique)
    return False


def _links(entity: Entity) -> None:
    """Create the tables of links; they stay, like columns, when their field goes."""
    connection = db.session.connection()
    for field in link_index.fields(entity):
        field.links.create(connection, checkfirst=True)


def build_indexes(work: jobs.Work) -> None:
    """The job `records.index`: build what indexes the release in force wants, without keeping writers waiting."""
    from portal import schema

    catalog = schema.current()
    wanted = [
        (table.name, index)
        for key, entity in catalog.stored.items()
        for table in [tables.build(catalog, key)]
        for index in indexes.missing(entity, table)
    ]
    for done, (name, index) in enumerate(wanted):
        work.advance(done, len(wanted))
        concurrently(name, index)
    work.advance(len(wanted), len(wanted))


def concurrently(table: str, index: Index) -> None:
    """Build one index outside any transaction on PostgreSQL, plainly on SQLite."""
    if not _is_postgresql():
        _operations(db.session.connection()).create_index(index.name, table, index.parts, unique=index.unique)
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("SET lock_timeout = 0"))
        operations = _operations(connection)
        # What an interrupted build left behind is invalid and must go first.
        operations.drop_index(index.name, table, if_exists=True, postgresql_concurrently=True)
        operations.create_index(index.name, table, index.parts, unique=index.unique, postgresql_concurrently=True)
        connection.execute(sa.text("RESET lock_timeout"))


def _create(table: sa.Table) -> None:
    db.session.flush()
    table.create(db.session.connection())


def _alter(table: str, change: Alter) -> None:
    """Change a table, waiting only moments for its lock: whoever waits for it makes all readers wait behind."""
    if not _is_postgresql() or _is_held_by_us(table):
        change(_operations(db.session.connection()))
        return
    for tries_left in reversed(range(TRIES)):
        try:
            with db.engine.begin() as connection:
                connection.execute(sa.text(f"SET LOCAL lock_timeout = {WAIT_MS}"))
                change(_operations(connection))
            return
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") != "55P03" or not tries_left:  # lock_not_available
                raise
            time.sleep(PAUSE_SECONDS)


def _is_held_by_us(table: str) -> bool:
    """Whether this very transaction has touched the table, so that another connection would wait for us."""
    held = "SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid() AND relation = to_regclass(:name) LIMIT 1"
    return db.session.execute(sa.text(held), {"name": table}).first() is not None


def _is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


def _is_large(table: sa.Table) -> bool:
    return db.session.execute(sa.select(table.c.id).offset(SMALL).limit(1)).first() is not None


def _operations(connection: sa.Connection) -> "Operations":
    """Alembic comes in with the first release that changes storage: most web processes never publish one."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    return Operations(MigrationContext.configure(connection))


def _columns(connection: sa.Connection, table: str) -> list[dict[str, str]]:
    inspector = sa.inspect(connection)
    return list(inspector.get_columns(table)) if inspector.has_table(table) else []  # type: ignore[arg-type]
