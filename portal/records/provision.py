"""Carries out what a release changes in storage: it only ever adds, so the way back is metadata alone.

`apply` runs inside the publishing transaction. On PostgreSQL a column is added in a transaction of its own, which ends
at once and gives up waiting after a moment, so that no reader stands behind it; large indexes come CONCURRENTLY by
the job `records.index`.
"""

import sqlalchemy as sa

from portal import jobs
from portal.extensions import db
from portal.records import footing, indexes, link_index, preparation, reindexing, resealing, retype, tables
from portal.records.altering import alter, is_postgresql, operations
from portal.records.indexes import Index
from portal.schema import Catalog, Entity, releases

NO_TABLE = ("archive_entity", "layout")  # changes of documents alone


def apply(plan: releases.Plan) -> None:
    """Create what the new catalogue needs and the database lacks; idempotent."""
    late = False
    preparation.sweep(plan)
    for key in sorted({change.entity for change in plan.changes if change.kind not in NO_TABLE}):
        _clear(plan, key)
        late |= _entity(plan.new, key)
        resealing.follow(plan.new, plan.new.stored[key])
    reindexing.follow(plan)
    _retype(plan)
    if late:
        jobs.enqueue("records.index", unique_key=f"records.index {plan.new.release}")


def _retype(plan: releases.Plan) -> None:
    """Fill the columns of new types, or what is left of it, while nobody writes by the release before."""
    found = preparation.retypes(plan)
    if found:
        footing.alone()
    for field, before in found:
        is_prepared = (field.entity, field.column) in plan.prepared
        retype.fill(field, before, tables.build(plan.new, field.entity), is_prepared=is_prepared)


def _clear(plan: releases.Plan, key: str) -> None:
    """Take away what a publish that failed has left behind under a name that is only now given out."""
    fresh = {physical for entity, physical in plan.fresh if entity == key}
    table = tables.build(plan.new, key)
    there = {column["name"] for column in _columns(db.session.connection(), table.name)} if fresh else set()
    for name in sorted(fresh & there):
        alter(table.name, lambda op, name=name: op.drop_column(table.name, name))  # type: ignore[misc]


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
        alter(table.name, lambda op, added=added: op.add_column(table.name, added, if_not_exists=is_postgresql()))  # type: ignore[misc]
    _links(catalog.stored[key])
    wanted = indexes.missing(catalog.stored[key], table)
    if wanted and is_postgresql() and there and preparation.is_large(table):
        return True
    for index in wanted:
        operations(connection).create_index(index.name, table.name, index.parts, unique=index.unique)
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
    if not is_postgresql():
        operations(db.session.connection()).create_index(index.name, table, index.parts, unique=index.unique)
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("SET lock_timeout = 0"))
        made = operations(connection)
        # What an interrupted build left behind is invalid and must go first.
        made.drop_index(index.name, table, if_exists=True, postgresql_concurrently=True)
        made.create_index(index.name, table, index.parts, unique=index.unique, postgresql_concurrently=True)
        connection.execute(sa.text("RESET lock_timeout"))


def _create(table: sa.Table) -> None:
    db.session.flush()
    table.create(db.session.connection())


def _columns(connection: sa.Connection, table: str) -> list[dict[str, str]]:
    inspector = sa.inspect(connection)
    return list(inspector.get_columns(table)) if inspector.has_table(table) else []  # type: ignore[arg-type]
