"""One customer more: row, audit line, event, tokens and commit, beside the bare row; and thousands at once."""

import itertools
from collections.abc import Iterator

import sqlalchemy as sa

from bench.customers import customers
from bench.frame import Pair, measure
from bench.world import World
from portal import clock, records
from portal.extensions import db, transaction
from portal.records.tables import table_of
from portal.security import SYSTEM

MANY = 2000
numbers = itertools.count(10_000_000)


@measure("create", "create", most=4.0, largest=100_000)
def create(world: World) -> Iterator[Pair]:
    """Through the one door, and as a bare INSERT of the same row."""
    world.scratch.setdefault("bare", _bare_table())
    yield Pair("one", lambda: _save(world), lambda: _insert(world, 1))
    yield Pair("many", lambda: _save_many(world), lambda: _insert(world, MANY), most=12.0, rows=MANY)


def _bare_table() -> sa.Table:
    table = table_of("customer").to_metadata(sa.MetaData(), name="bare_customer")
    table.create(db.session.connection(), checkfirst=True)
    db.session.commit()
    return table


def _rows(world: World, count: int) -> list[dict]:  # type: ignore[type-arg]
    return list(customers(count, world.people[:-1], seed=next(numbers)))


def _save(world: World) -> None:
    seller = world.seller
    (row,) = _rows(world, 1)
    records.save(records.new("customer", seller), {**row, "owner": seller.id}, by=seller)


def _save_many(world: World) -> None:
    saved = records.bulk.save_many("customer", _rows(world, MANY), by=SYSTEM)
    if saved.problems:
        raise RuntimeError(str(saved.problems))


def _insert(world: World, count: int) -> None:
    columns = {key: world.column(key) for key in _rows(world, 1)[0]}
    fixed = {"version": 1, "created_at": clock.now(), "updated_at": clock.now()}
    rows = [fixed | {columns[key]: value for key, value in row.items()} for row in _rows(world, count)]
    with transaction():
        db.session.connection().execute(sa.insert(world.scratch["bare"]), rows)
