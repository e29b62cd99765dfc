"""How much an occasion is worth by its age: points × 0.5 ^ (whole days ÷ half-life), alike in SQL and in Python."""

from datetime import UTC, date, datetime, time
from math import floor
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

DAY = 86400
HAIR = 1e-9  # so that what is a tie in one engine is not a hair below it in another


def worth(points: int, half_life_days: float, at: date | datetime, now: datetime) -> float:
    """Return the points an occasion is still worth."""
    age = max(0, (int(now.timestamp()) - seconds(at)) // DAY)
    return float(points * 0.5 ** (age / half_life_days))


def seconds(at: date | datetime) -> int:
    """Return whole seconds since 1970; a day begins at midnight UTC."""
    moment = at if isinstance(at, datetime) else datetime.combine(at, time.min, UTC)
    return floor(moment.timestamp())


def rounded(score: float) -> int:
    """Return a score as it is kept: whole, halves up, never below 0."""
    return max(0, floor(score + 0.5 + HAIR))


class Seconds(sa.sql.functions.GenericFunction[int]):
    """Whole seconds since 1970 of a date or moment."""

    type = sa.BigInteger()
    inherit_cache = True
    name = "portal_seconds"


@compiles(Seconds, "sqlite")
def _sqlite(element: Any, compiler: Any, **given: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **given)}) AS INTEGER)"


@compiles(Seconds, "postgresql")
def _postgresql(element: Any, compiler: Any, **given: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **given)})) AS BIGINT)"


def worth_of(points: int, half_life_days: float, at: sa.ColumnElement[Any], now: datetime) -> sa.ColumnElement[Any]:
    """Return the same as `worth` in SQL."""
    past = sa.literal(int(now.timestamp()), sa.BigInteger()) - Seconds(at)
    days = sa.case((past < 0, 0), else_=past // DAY)
    ratio = sa.cast(days, sa.Double()) / sa.literal(float(half_life_days), sa.Double())
    return sa.literal(float(points), sa.Double()) * sa.func.power(sa.literal(0.5, sa.Double()), ratio)


def rounded_of(score: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return the same as `rounded` in SQL."""
    whole = sa.cast(sa.func.floor(score + sa.literal(0.5 + HAIR, sa.Double())), sa.Integer())
    return sa.case((whole < 0, 0), else_=whole)
