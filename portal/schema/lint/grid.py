"""All kinds of records that conditions can tell apart, one example of each: numbers at, between and beyond the ends
they compare with, the options they name and one more, and nothing at all."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise, product
from math import prod
from typing import Any

from portal.fields import Field
from portal.schema.conditions import Condition, Test

MOST = 4000  # examples that are tried; larger tables are left to the impact preview
NOW = datetime(2026, 1, 1, tzinfo=UTC)  # none of the fields here asks for the time
Values = Mapping[str, Any]


def tests(condition: Condition) -> Iterator[Test]:
    """Yield every test of a field in the tree."""
    if isinstance(condition, Test):
        yield condition
    for part in condition.parts():
        yield from tests(part)


def is_countable(condition: Condition) -> bool:
    """Say whether all that the condition asks can be tried out by examples."""
    return all(_is_numeric(test.field) or _is_choice(test.field) for test in tests(condition))


def examples(conditions: Collection[Condition]) -> list[Values]:
    """Return the examples, or none when they were too many."""
    asked: dict[str, list[Test]] = {}
    for test in (test for condition in conditions for test in tests(condition)):
        asked.setdefault(test.field.key, []).append(test)
    axes = {key: [*axis(found), None] for key, found in asked.items()}
    if not axes or prod(map(len, axes.values())) > MOST:
        return []
    return [dict(zip(axes, point, strict=True)) for point in product(*axes.values())]


def axis(found: Collection[Test]) -> list[Any]:
    """Return the values of one field that the tests tell apart, numbers in order."""
    field = next(iter(found)).field
    named = [value for test in found for value in _flat(test.right)]
    if _is_numeric(field):
        return _scale({Decimal(value) for value in named if isinstance(value, int | Decimal)})
    options = [key for key, _label in field.type.choices() or ()]
    rest = [option for option in options if option not in named]
    return [option for option in options if option in named] + rest[:1]


def is_numeric(field: Field) -> bool:
    """Say whether the field's values have an order that the examples follow."""
    return _is_numeric(field)


def _is_numeric(field: Field) -> bool:
    return field.type.is_number and not field.type.is_many


def _is_choice(field: Field) -> bool:
    return bool(field.type.choices()) and not field.type.is_many


def _flat(right: Any) -> tuple[Any, ...]:
    return right if isinstance(right, tuple) else (right,)


def _scale(numbers: set[Decimal]) -> list[Any]:
    """Return points below, at, between and above the numbers."""
    ends = sorted(numbers)
    if not ends:
        return [Decimal(0)]
    between = [(low + high) / 2 for low, high in pairwise(ends)]
    return sorted({ends[0] - abs(ends[0]) / 2 - 1, *ends, *between, ends[-1] + abs(ends[-1]) / 5 + 1})
