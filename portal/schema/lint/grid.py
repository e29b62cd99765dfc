"""All kinds of records that conditions can tell apart, one example of each: numbers and times at, between and beyond
the ends they compare with, the options and words they name and one more, and nothing at all. Where a test asks for
parts of a value or for who asks, an example says only whether it holds."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise, product
from math import prod
from typing import Any

from portal.fields import Field
from portal.schema.condition import All, Condition, Not, Test
from portal.schema.condition import Any as Some

MOST = 4000  # examples that are tried; larger tables are left to the impact preview
MANY = 4  # words of one field of several whose every mixture is tried
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
Values = Mapping[str, Any]


class Other:
    """A value that no condition names."""


OTHER = Other()


def is_countable(condition: Condition) -> bool:
    """Say whether all that the condition asks is of numbers and options."""
    return all(is_numeric(test.field) or _is_choice(test.field) for test in condition.tests())


def examples(conditions: Collection[Condition]) -> list[Values]:
    """Return the examples, or none when they were too many."""
    axes: dict[str, list[Any]] = {}
    for key, found in _asked(conditions).items():
        if all(test.operator.is_exact for test in found) and not _is_mixed(found):
            axes[key] = [*axis(found), None]
        else:
            axes.update({_said(test): [True, False] for test in found})
    if not axes or prod(map(len, axes.values())) > MOST:
        return []
    return [dict(zip(axes, point, strict=True)) for point in product(*axes.values())]


def holds(condition: Condition, point: Values) -> bool:
    """Say whether an example meets the condition."""
    if isinstance(condition, Test):
        said = _said(condition)
        return bool(point[said]) if said in point else condition.matches(point, NOW)
    parts = (holds(part, point) for part in condition.parts())
    if isinstance(condition, Not):
        return not next(parts)
    return all(parts) if isinstance(condition, All) else any(parts) if isinstance(condition, Some) else True


def axis(found: Collection[Test]) -> list[Any]:
    """Return the values of one field that the tests tell apart, numbers and times in order."""
    kind = next(iter(found)).field.type
    named = list(dict.fromkeys(value for test in found for value in _named(test)))
    if kind.is_many:
        words = [*named, OTHER]
        return [some for count in range(1, len(words) + 1) for some in combinations(words, count)]
    if kind.is_number:
        return _scale({Decimal(value) for value in named})
    if kind.is_time:
        return _days(sorted(named))
    options = [key for key, _label in kind.choices() or ()]
    rest: list[Any] = [option for option in options if option not in named]
    known = [option for option in options if option in named]
    return [*known, *(value for value in named if value not in known), *(rest[:1] if options else [OTHER])]


def is_numeric(field: Field) -> bool:
    """Say whether the field's values have an order that the examples follow."""
    return field.type.is_number and not field.type.is_many


def _is_choice(field: Field) -> bool:
    return bool(field.type.choices()) and not field.type.is_many


def _asked(conditions: Collection[Condition]) -> dict[str, list[Test]]:
    asked: dict[str, list[Test]] = {}
    for test in (test for condition in conditions for test in condition.tests()):
        asked.setdefault(test.field.key, []).append(test)
    return asked


def _is_mixed(found: Collection[Test]) -> bool:
    """Say whether the field holds several of more words than can be mixed."""
    field = next(iter(found)).field
    return field.type.is_many and len({word for test in found for word in _named(test)}) > MANY


def _said(test: Test) -> str:
    """The test in words; no field is called so."""
    return repr(test.dump())


def _named(test: Test) -> tuple[Any, ...]:
    """The values a test compares with, of times as they are at the moment of the examples."""
    if test.operator.takes == "nothing":
        return ()
    right = test.operator.bind(test.right, test.field.type, NOW, None)
    return right if isinstance(right, tuple) else (right,)


def _scale(numbers: set[Decimal]) -> list[Any]:
    """Return points below, at, between and above the numbers."""
    ends = sorted(numbers)
    if not ends:
        return [Decimal(0)]
    between = [(low + high) / 2 for low, high in pairwise(ends)]
    return sorted({ends[0] - abs(ends[0]) / 2 - 1, *ends, *between, ends[-1] + abs(ends[-1]) / 5 + 1})


def _days(ends: list[Any]) -> list[Any]:
    """Return times before, at, between and after the ends."""
    if not ends:
        return [OTHER]
    between = [low + (high - low) / 2 for low, high in pairwise(ends)]
    return sorted({ends[0] - DAY, *ends, *between, ends[-1] + DAY})
