"""What a release would keep writers waiting for is done before it: columns of new types in large tables are filled
beside the work, batch by batch, and switched to in the moment of the release.

A column that is being filled is watched (`watch`): what people change meanwhile is filled again by the release itself,
which then has little left to do.
"""

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from portal.extensions import db, transaction
from portal.fields import Field
from portal.records import retype, tables, watch
from portal.records.altering import alter, is_postgresql
from portal.schema import columns, releases
from portal.schema.releases import Plan

SMALL = 20_000  # rows up to which a release fills a column, or builds an index, at once

Retype = tuple[Field, Field]  # the field with its new type, and with the one before
Tick = Callable[[int, int], object]


def retypes(plan: Plan) -> list[Retype]:
    """The fields whose type changes."""
    return [
        (change.field, change.before)
        for change in plan.changes
        if change.kind == "retype" and change.field is not None and change.before is not None
    ]


def is_due(plan: Plan) -> bool:
    """Whether writers would have to wait for this release: there is a large column to fill."""
    return any(True for _ in wanted(plan))


def wanted(plan: Plan) -> Iterator[Retype]:
    """The fields whose columns are to be filled beforehand.

    What the database works out by itself is full at once, and of what it worked out it tells no change.
    """
    for field, before in retypes(plan):
        is_plain = field.expression is None and before.expression is None
        if is_plain and _home(field) not in plan.prepared and is_large(tables.build(plan.old, field.entity)):
            yield field, before


def is_large(table: sa.Table) -> bool:
    """Whether a release should not go through all rows."""
    return db.session.execute(sa.select(table.c.id).offset(SMALL).limit(1)).first() is not None


def fill(plan: Plan, tick: Tick) -> None:
    """Fill the columns that are due, a transaction for each batch; `tick` hears of how many ids how many are passed.

    Begun again it goes through all rows again, and writes those that are left.
    """
    found = list(wanted(plan))
    total, done = sum(_highest(tables.build(plan.old, field.entity)) for field, _ in found), 0
    for field, before in found:
        conversion = _begin(plan, field, before)
        last: int | None = 0
        while last is not None:
            with transaction():
                after, last = last, retype.ahead(conversion, last)
            done += 0 if last is None else last - after
            tick(min(done, total), total)  # rows may come while others are filled
        with transaction():
            columns.mark([_home(field)], "prepared")
    tick(total, total)


def forsake(plan: Plan) -> None:
    """Let go of what was filled for a release that will not come."""
    with transaction():
        releases.take_lock()
        homes = {_home(field) for field, _ in retypes(plan)}
        for entity, name in homes:
            watch.end(f"record_{entity}", name)
        _let_go(columns.in_state(plan.fresh | homes, "provisioning", "prepared"))


def sweep(plan: Plan) -> None:
    """Within a release: let go of what was prepared for others, and of watches that were forgotten."""
    used = {(entity, name) for entity, names in plan.new.columns.items() for name in names.values()}
    kept = {(f"record_{entity}", name) for entity, name in plan.prepared & used}
    watch.end_others(kept)
    _let_go((plan.fresh | plan.prepared) - used)


def _let_go(places: frozenset[columns.Place]) -> None:
    """Of columns that are only reserved: drop what no release ever knew, archive again what had been in use before."""
    told = columns.are_told(places)
    for entity, name in sorted(places - told):
        _drop(f"record_{entity}", name)
    columns.mark(places - told, "dropped")
    columns.mark(told, "archived")


def _begin(plan: Plan, field: Field, before: Field) -> retype.Conversion:
    """Add the column where it is missing, and watch it from before the first row is read."""
    table = tables.build(plan.new, field.entity)
    with transaction():
        if field.column not in _there(table.name):
            added = tables.again(table.c[field.column])
            alter(table.name, lambda op: op.add_column(table.name, added, if_not_exists=is_postgresql()))
        watch.begin(table.name, before.column, field.column)
    return retype.Conversion(field, before, table)


def _drop(table: str, name: str) -> None:
    if name in _there(table):
        alter(table, lambda op: op.drop_column(table, name))


def _there(table: str) -> set[str]:
    inspector = sa.inspect(db.session.connection())
    return {column["name"] for column in inspector.get_columns(table)} if inspector.has_table(table) else set()


def _home(field: Field) -> columns.Place:
    return field.entity, field.column


def _highest(table: sa.Table) -> int:
    return db.session.scalar(sa.select(sa.func.max(table.c.id))) or 0
