"""`portal bench load --customers 1000000`: a portal with that many customers, their orders and follow-ups.

Customers have thirty fields that an admin made. Every customer has an order and a follow-up on average; their figures
and scores are worked out by the nightly pass, or by `portal bench V6`.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bench.bare import bare, close
from bench.world import World, settle, world
from portal import clock, schema
from portal.extensions import db
from portal.records import token_index
from portal.records.tables import table_of
from portal.records.token_index import SearchEntry

FIELDS = 30
DAYS = 730
MOST = 2  # orders and follow-ups that one customer has at most
TALKS = ("询问报价", "确认交期", "上门拜访，看了样品", "合同细节", "售后回访", "介绍新品", "催收货款", "约定下次见面")


def main(arguments: list[str]) -> int:
    """Fill and say how long each part took; without `--url` the portal is taken away again."""
    parser = argparse.ArgumentParser(prog="bench load", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--engine", action="append", choices=("sqlite", "postgresql"), help="one engine only")
    parser.add_argument("--url", help="an empty database to fill and keep, such as sqlite:////tmp/million.db")
    given = parser.parse_args(arguments)
    engines = [given.url.split(":")[0].split("+")[0]] if given.url else given.engine or ["sqlite", "postgresql"]
    for engine in engines:
        with world(engine, url=given.url, fields=FIELDS) as found:
            total = sum(_timed(engine, name, part) for name, part in _parts(found, given.customers))
            print(f"{engine:12}{'all':24}{total:9.1f} s", flush=True)
    return 0


def _parts(world: World, customers: int) -> Iterator[tuple[str, Callable[[], object]]]:
    yield f"{customers:,} customers", lambda: world.grow(customers)
    yield "orders and follow-ups", _related


def _timed(engine: str, name: str, part: Callable[[], object]) -> float:
    start = time.perf_counter()
    part()
    taken = time.perf_counter() - start
    print(f"{engine:12}{name:24}{taken:9.1f} s", flush=True)
    return taken


def _related() -> None:
    """Orders and follow-ups by one statement each."""
    db.session.commit()
    with db.engine.connect() as connection, bare(connection, ["order", "follow_up"]):
        days, talks = _days(connection), _talks(connection)
        connection.execute(_orders(days))
        close(connection, table_of("order"))
        connection.execute(_follow_ups(days, talks))
        close(connection, table_of("follow_up"))
        connection.execute(_entries(talks))
        for scratch in (days, talks):
            scratch.drop(connection)
        connection.commit()
    settle()


def _days(connection: sa.Connection) -> sa.Table:
    at = table_of("follow_up").c.created_at.type
    number = sa.Column("n", sa.Integer, primary_key=True)
    days = sa.Table("bench_days", sa.MetaData(), number, sa.Column("day", sa.Date), sa.Column("at", at))
    days.create(connection)
    moments = (clock.now() - timedelta(days=n) for n in range(DAYS))
    rows = [{"n": n, "day": moment.date(), "at": moment} for n, moment in enumerate(moments)]
    connection.execute(sa.insert(days), rows)
    return days


def _talks(connection: sa.Connection) -> sa.Table:
    """What was said, with the tokens by which it is found."""
    tokens = SearchEntry.__table__.c.tokens.type
    columns: dict[str, Any] = {"n": sa.Integer, "summary": sa.Text, "tokens": tokens}
    talks = sa.Table("bench_talks", sa.MetaData(), *(sa.Column(name, kind) for name, kind in columns.items()))
    talks.create(connection)
    entity = schema.current().entities["follow_up"]
    found = {text: token_index.tokens_of(entity, {"summary": text}) for text in TALKS}
    rows = [{"n": n, "summary": text, "tokens": words} for n, (text, words) in enumerate(found.items())]
    connection.execute(sa.insert(talks), rows)
    return talks


def _orders(days: sa.Table) -> Any:
    customer, turn = table_of("customer"), days.alias("turn")
    number = sa.literal("B") + sa.cast(customer.c.id * MOST + turn.c.n, sa.String)
    values = {"number": number, "customer": customer.c.id, "ordered_on": days.c.day, "status": sa.literal("completed")}
    values["amount"] = 100 + (customer.c.id * 7919 + turn.c.n * 104729) % 20000
    when = sa.and_(turn.c.n < customer.c.id % (MOST + 1), days.c.n == (customer.c.id * 131 + turn.c.n * 53) % DAYS)
    return _insert("order", values, days, when)


def _follow_ups(days: sa.Table, talks: sa.Table) -> Any:
    customer, turn = table_of("customer"), days.alias("turn")
    values = {"customer": customer.c.id, "at": days.c.at, "way": sa.literal("phone"), "summary": talks.c.summary}
    when = sa.and_(
        turn.c.n < (customer.c.id + 1) % (MOST + 1),
        days.c.n == (customer.c.id * 37 + turn.c.n * 91) % DAYS,
        talks.c.n == (customer.c.id + turn.c.n) % len(TALKS),
    )
    return _insert("follow_up", values, days, when)


def _insert(entity_key: str, values: dict[str, Any], days: sa.Table, when: sa.ColumnElement[bool]) -> Any:
    """Rows of an entity, a few for each customer, kept by whoever keeps the customer."""
    entity, customer = schema.current().entities[entity_key], table_of("customer")
    told: dict[str, Any] = {"version": sa.literal(1), "created_at": days.c.at, "updated_at": days.c.at}
    told |= {name: customer.c[name] for name in ("owner_id", "team_id", "office_id")}
    told |= {entity.fields[key].column: value for key, value in values.items()}
    rows = sa.select(*told.values()).where(when)
    return sa.insert(table_of(entity_key)).from_select(list(told), rows, include_defaults=False)


def _entries(talks: sa.Table) -> Any:
    table, entity = table_of("follow_up"), schema.current().entities["follow_up"]
    summary = table.c[entity.fields["summary"].column]
    rows = sa.select(sa.literal("follow_up"), table.c.id, talks.c.tokens).where(summary == talks.c.summary)
    return sa.insert(SearchEntry.__table__).from_select(["entity", "record_id", "tokens"], rows)
