"""One customer more: row, audit line, event, tokens and commit, beside the bare row; and thousands at once."""

import itertools
from collections.abc import Iterator

import sqlalchemy as sa

from bench.customers import customers
from bench.frame import Pair, measure
from bench.world import World, settle
from portal import clock, records, schema
from portal.audit import AuditLine
from portal.events import Event
from portal.extensions import db, transaction
from portal.records import indexes
from portal.records.tables import table_of
from portal.records.token_index import SearchEntry
from portal.security import SYSTEM

MANY = 2000
numbers = itertools.count(1_000)
TOKENS = " ".join(f"token{number}" for number in range(50))


@measure("create", "create", most=4.0, largest=100_000)
def create(world: World) -> Iterator[Pair]:
    """Through the one door; the floor writes the same row, audit line, event and tokens by four bare INSERTs."""
    world.scratch.setdefault("bare", _bare_table())
    yield Pair("one", lambda: _save(world), lambda: _insert(world, 1))
    yield Pair("many", lambda: _save_many(world), lambda: _insert(world, MANY), rows=MANY)
    with transaction():  # the floor's entries lead nowhere, and a search would walk over them
        db.session.execute(sa.delete(SearchEntry).where(SearchEntry.entity == "bare"))
    settle()


def _bare_table() -> sa.Table:
    """A table like that of the customers, indexes and all."""
    entity, real = schema.current().entities["customer"], table_of("customer")
    table = real.to_metadata(sa.MetaData(), name="bare_customer")
    for index in indexes.wanted(entity, "bare_customer"):
        sa.Index(index.name, *(table.c[name] for name in index.columns), unique=index.unique)
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
    given, first, now = _rows(world, count), next(numbers), clock.now()
    ids = [first * MANY + number for number in range(count)]
    columns = {key: world.column(key) for key in given[0]}
    fixed = {"version": 1, "created_at": now, "updated_at": now}
    told = [{"changes": {key: [None, str(value)] for key, value in row.items()}} for row in given]
    line = {"at": now, "action": "record.created", "by_name": "x", "entity": "bare"}
    event = {"kind": "bare", "entity": "bare", "at": now, "data": {"ids": ids}}
    rows = [{columns[key]: value for key, value in row.items()} for row in given]
    with transaction():
        run = db.session.connection().execute
        run(sa.insert(world.scratch["bare"]), [fixed | {"id": id_} | row for id_, row in zip(ids, rows, strict=True)])
        run(sa.insert(SearchEntry), [{"entity": "bare", "record_id": id_, "tokens": TOKENS} for id_ in ids])
        run(
            sa.insert(AuditLine), [line | {"record_id": id_, "data": data} for id_, data in zip(ids, told, strict=True)]
        )
        run(sa.insert(Event), [event])
