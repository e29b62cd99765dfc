"""What a formula may call: each function gives one value in Python and the same in SQL.

Numbers have 8 digits after the point while they are calculated and are compared to 6, which makes both engines agree.
Calculating with blank gives blank, comparing with it gives no; `min`, `max`, `coalesce` and `concat` leave it out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import reduce
from typing import Any

import sqlalchemy as sa

from portal.fields.expression.rendered import DIGITS, Rendered, Sql, calculated, rounded

EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
COMPARED_DIGITS = 6
MOST_PLACES = 6
ORDERED = ("number", "date")
ANY = ("number", "text", "boolean", "date")


@dataclass(frozen=True)
class Function:
    """One function or operator; `takes` are the kinds of its arguments, "same" stands for one kind throughout."""

    name: str
    takes: tuple[str, ...]
    gives: str
    value: Callable[..., Any]
    sql: Callable[..., Sql]
    alike: tuple[str, ...] = ANY  # the kinds that "same" may be
    many: bool = False  # the last argument may be repeated
    is_strict: bool = True  # blank when any argument is


def _compared(name: str, test: Callable[[Any, Any], bool], alike: tuple[str, ...]) -> Function:
    def value(left: Any, right: Any) -> bool:
        return left is not None and right is not None and bool(test(_comparable(left), _comparable(right)))

    def sql(left: Sql, right: Sql) -> Sql:
        sides = [rounded(one, COMPARED_DIGITS) if isinstance(one.type, sa.Numeric) else one for one in (left, right)]
        return sa.func.coalesce(test(*sides), sa.false())

    return Function(name, ("same", "same"), "boolean", value, sql, alike=alike, is_strict=False)


def _comparable(value: Any) -> Any:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return round_to(Decimal(value), COMPARED_DIGITS) if is_number else value


def round_to(value: Decimal, digits: int) -> Decimal:
    """The value with so many digits after the point, halves away from zero."""
    step = EXACT.quantize(value, Decimal(1).scaleb(-digits))
    return step or abs(step)


def _times(left: Decimal, right: Decimal) -> Decimal:
    return round_to(EXACT.multiply(left, right), DIGITS)


def _divide(left: Decimal, right: Decimal) -> Decimal | None:
    return None if right == 0 else round_to(EXACT.divide(left, right), DIGITS)


def _calculates(pattern: str) -> Callable[..., Sql]:
    return lambda *parts: calculated(pattern, pattern, *parts)


def _extreme(name: str) -> Callable[..., Sql]:
    def pair(left: Sql, right: Sql) -> Sql:
        lite = f"coalesce({name}({{0}}, {{1}}), {{0}}, {{1}})"
        return Rendered(f"{'least' if name == 'min' else 'greatest'}({{0}}, {{1}})", lite, left.type, left, right)

    return lambda *parts: reduce(pair, parts)


def _known(choose: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: choose(known) if (known := [value for value in values if value is not None]) else None


def _days(first: Sql, last: Sql) -> Sql:
    lite = "julianday({1}) - julianday({0})"
    return Rendered("CAST({1} - {0} AS NUMERIC)", lite, sa.Numeric(), first, last)


def _part(name: str, start: int, length: int) -> Callable[[Sql], Sql]:
    def sql(day: Sql) -> Sql:
        lite = f"CAST(substr({{0}}, {start}, {length}) AS REAL)"
        return Rendered(f"CAST(extract({name} FROM {{0}}) AS NUMERIC)", lite, sa.Numeric(), day)

    return sql


def _joined(left: Sql, right: Sql) -> Sql:
    return left.op("||")(right)


def _concat(*parts: Sql) -> Sql:
    said: list[Sql] = [sa.func.coalesce(part, sa.literal_column("''", sa.Text())) for part in parts]
    return sa.func.nullif(reduce(_joined, said), sa.literal_column("''"), type_=sa.Text())


def _text(part: Sql, digits: int) -> Sql:
    lite = f"CASE WHEN {{0}} IS NOT NULL THEN printf('%.{digits}f', {{0}}) END"
    return Rendered("CAST({0} AS TEXT)", lite, sa.Text(), rounded(part, digits))


def _if(test: Sql, yes: Sql, no: Sql) -> Sql:
    return sa.case((test, yes), else_=no)


_ALL = (
    Function("+", ("number", "number"), "number", EXACT.add, _calculates("{0} + {1}")),
    Function("-", ("number", "number"), "number", EXACT.subtract, _calculates("{0} - {1}")),
    Function("*", ("number", "number"), "number", _times, _calculates("{0} * {1}")),
    Function("/", ("number", "number"), "number", _divide, _calculates("{0} / nullif({1}, 0)")),
    Function("minus", ("number",), "number", EXACT.minus, _calculates("0 - {0}")),
    _compared("=", lambda a, b: a == b, ANY),
    _compared("!=", lambda a, b: a != b, ANY),
    _compared("<", lambda a, b: a < b, ORDERED),
    _compared("<=", lambda a, b: a <= b, ORDERED),
    _compared(">", lambda a, b: a > b, ORDERED),
    _compared(">=", lambda a, b: a >= b, ORDERED),
    Function("and", ("boolean", "boolean"), "boolean", lambda a, b: a and b, lambda a, b: sa.and_(a, b)),
    Function("or", ("boolean", "boolean"), "boolean", lambda a, b: a or b, lambda a, b: sa.or_(a, b)),
    Function("not", ("boolean",), "boolean", lambda a: not a, sa.not_),
    Function("if", ("boolean", "same", "same"), "same", lambda a, b, c: b if a else c, _if, is_strict=False),
    Function("round", ("number", "places"), "number", round_to, rounded),
    Function("min", ("same", "same"), "same", _known(min), _extreme("min"), ORDERED, True, False),
    Function("max", ("same", "same"), "same", _known(max), _extreme("max"), ORDERED, True, False),
    Function("coalesce", ("same", "same"), "same", _known(lambda found: found[0]), sa.func.coalesce, ANY, True, False),
    Function(
        "concat", ("text", "text"), "text", lambda *s: "".join(t or "" for t in s) or None, _concat, ANY, True, False
    ),
    Function("text", ("number", "places"), "text", lambda a, n: f"{round_to(a, n):f}", _text),
    Function("year", ("date",), "number", lambda day: Decimal(day.year), _part("year", 1, 4)),
    Function("month", ("date",), "number", lambda day: Decimal(day.month), _part("month", 6, 2)),
    Function("days_between", ("date", "date"), "number", lambda a, b: Decimal((b - a).days), _days),
)
FUNCTIONS: dict[str, Function] = {function.name: function for function in _ALL}
CALLED = tuple(name for name in FUNCTIONS if name.isidentifier() and name not in ("and", "or", "not", "minus"))
