"""V6: metrics and tiers of all customers with ten orders each, from scratch; and after one order."""

import itertools
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bench.frame import Pair, measure
from bench.world import World, settle
from portal import clock, records
from portal.extensions import db, transaction
from portal.records.tables import table_of
from portal.rules import metrics
from portal.security import SYSTEM

ORDERS, DAYS = 10, 800
FIGURES = ("annual_spend", "order_count", "repurchase_rate", "lifetime_spend", "last_order_on")
numbers = itertools.count(1)

FILL = """
INSERT INTO record_order (version, created_at, updated_at, {number}, {customer}, {ordered_on}, {amount}, {status})
SELECT 1, :now, :now, 'B' || c.id || '-' || k.k, c.id, d.day, 100 + (c.id * 7919 + k.k * 104729) % 20000, 'completed'
FROM record_customer c CROSS JOIN bench_day k
JOIN bench_day d ON d.k = (c.id * 131 + k.k * 53) % {days}
WHERE k.k < {orders} AND c.id > :after"""

VALID = "{status} IS NULL OR {status} NOT IN ('draft', 'returned', 'cancelled')"
TOTALS = """
SELECT {customer} AS id,
  coalesce(round(sum({amount}) FILTER (WHERE {ordered_on} > :since AND ({valid})), 2), 0) AS annual_spend,
  count(id) FILTER (WHERE {ordered_on} > :since AND ({valid})) AS order_count,
  coalesce(round((count(DISTINCT {ordered_on}) FILTER (WHERE {ordered_on} > :since AND ({valid})) - 1) * 1.0
    / nullif(count(DISTINCT {ordered_on}) FILTER (WHERE {ordered_on} > :since AND ({valid})), 0), 4), 0)
    AS repurchase_rate,
  coalesce(round(sum({amount}) FILTER (WHERE {valid}), 2), 0) AS lifetime_spend,
  max({ordered_on}) FILTER (WHERE {status} IS NULL OR {status} NOT IN ('draft', 'cancelled')) AS last_order_on
FROM record_order WHERE {customer} IS NOT NULL AND archived_at IS NULL {only} GROUP BY {customer}"""
LEVEL = """
CASE WHEN {annual_spend} >= 100000 AND {repurchase_rate} >= 0.3 THEN 'vip'
  WHEN {annual_spend} >= 50000 AND {repurchase_rate} >= 0.15 OR {annual_spend} >= 100000 THEN 'key'
  ELSE 'standard' END"""


@measure("V6", "metrics and tiers", most=2.0)
def metrics_and_tiers(world: World) -> Iterator[Pair]:
    """By the portal, range by range with history and checks; by two statements written by hand."""
    _fill(world)
    names = _names(world)
    yield Pair("from scratch", lambda: _ours(names), lambda: _bare(names), rounds=5)
    yield Pair("after one order", _order, lambda: _bare_order(names), most=5.0)


def _fill(world: World) -> None:
    names, connection = _names(world), db.session.connection()
    if "orders_up_to" not in world.scratch:
        connection.execute(sa.text("CREATE TABLE bench_day (k integer PRIMARY KEY, day date NOT NULL)"))
        days = [{"k": k, "day": (clock.today() - timedelta(days=k)).isoformat()} for k in range(DAYS)]
        cast = "CAST(:day AS date)" if world.engine == "postgresql" else ":day"
        connection.execute(sa.text(f"INSERT INTO bench_day VALUES (:k, {cast})"), days)
    fill = FILL.format(**names, days=DAYS, orders=ORDERS)
    # Bought long ago: what changed during a pass is worked out again, and these have not.
    long_ago = (clock.now() - timedelta(days=1)).replace(tzinfo=None).isoformat(" ")
    connection.execute(sa.text(fill), {"now": long_ago, "after": world.scratch.get("orders_up_to", 0)})
    world.scratch["orders_up_to"] = connection.execute(sa.text("SELECT max(id) FROM record_customer")).scalar_one()
    settle()


def _names(world: World) -> dict[str, str]:
    order = {key: world.column(key, "order") for key in ("number", "customer", "ordered_on", "amount", "status")}
    return {**order, **{key: world.column(key) for key in (*FIGURES, "tier")}}


def _forget(names: dict[str, str]) -> None:
    """Empty the figures, so that every row has to be written again."""
    empty = ", ".join(f"{names[key]} = NULL" for key in (*FIGURES, "tier"))
    with transaction():
        db.session.execute(sa.text(f"UPDATE record_customer SET {empty}"))
        db.session.execute(sa.text("DELETE FROM tier_move"))
    settle()


def _ours(names: dict[str, str]) -> float:
    _forget(names)
    start = time.perf_counter()
    metrics.recompute()
    return time.perf_counter() - start


def _bare(names: dict[str, str]) -> float:
    _forget(names)
    start = time.perf_counter()
    _by_hand(names)
    return time.perf_counter() - start


def _by_hand(names: dict[str, str], only: str = "", where: str = "", values: dict[str, Any] | None = None) -> None:
    valid = VALID.format(**names)
    totals = TOTALS.format(**{**names, "valid": valid, "only": only})
    sets = ", ".join(f"{names[key]} = t.{key}" for key in FIGURES)
    given = {"since": (clock.today() - timedelta(days=365)), **(values or {})}
    if db.engine.dialect.name == "sqlite":
        given["since"] = given["since"].isoformat()
    with transaction():
        update = f"UPDATE record_customer SET {sets} FROM ({totals}) t WHERE record_customer.id = t.id"
        db.session.execute(sa.text(update), given)
        level = LEVEL.format(**names)
        levels = f"UPDATE record_customer SET {names['tier']} = {level} WHERE archived_at IS NULL {where}"
        db.session.execute(sa.text(levels), values or {})


def _order() -> None:
    number = next(numbers)
    values = {"number": f"N{number}", "customer": number, "ordered_on": clock.today(), "amount": 1000 + number}
    records.save(records.new("order", SYSTEM), values, by=SYSTEM)


def _bare_order(names: dict[str, str]) -> None:
    number, table = next(numbers), table_of("order")
    now = clock.now()
    row = {"version": 1, "created_at": now, "updated_at": now, names["number"]: f"N{number}"}
    row |= {names["customer"]: number, names["ordered_on"]: clock.today(), names["amount"]: 1000 + number}
    with transaction():
        db.session.execute(sa.insert(table).values(row))
        _by_hand(names, f"AND {names['customer']} = :one", "AND id = :one", {"one": number})
