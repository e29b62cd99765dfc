"""Holes between the levels of a tier: a record that has more than another and yet gets no level of its own."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise, product
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import clock
from portal.fields import Field
from portal.schema.conditions import Condition
from portal.schema.problems import Fault

MOST = 600  # combinations that are tried; larger tables are left to the impact preview
Point = tuple[Decimal, ...]


def gaps(levels: Mapping[str, Any]) -> Iterator[Fault]:
    """Warn of the first hole, with the figures that fall into it and the lesser ones that do not."""
    rules = {key: level.when for key, level in levels.items() if level.when is not None}
    ends = _ends(rules)
    scales = [_scale(numbers) for _field, numbers in ends.values()]
    points: list[Point] = list(product(*scales)) if scales else []
    if not 1 < len(points) <= MOST:
        return
    fields = [field for field, _numbers in ends.values()]
    met = {point: _level(rules, fields, point) for point in points}
    for point in points:
        lesser = next((other for other in points if met[other] and _is_less(other, point)), None)
        if met[point] is None and lesser is not None:
            message = _l(
                'gap: %(more)s falls through, though %(less)s is "%(level)s"',
                more=_said(fields, point),
                less=_said(fields, lesser),
                level=met[lesser],
            )
            yield Fault(("levels",), message, _l("leave out upper ends; the first level that fits is taken"), "warning")
            return


def _ends(rules: Mapping[str, Condition]) -> dict[str, tuple[Field, set[Decimal]]]:
    """Return the numbers that the conditions compare each numeric field with."""
    found: dict[str, tuple[Field, set[Decimal]]] = {}
    for test in (test for rule in rules.values() for test in rule.tests()):
        if test.field.type.is_number:
            numbers = test.right if isinstance(test.right, tuple) else (test.right,)
            found.setdefault(test.field.key, (test.field, set()))[1].update(
                Decimal(number) for number in numbers if isinstance(number, int | Decimal)
            )
    return {key: pair for key, pair in found.items() if pair[1]}


def _scale(numbers: set[Decimal]) -> list[Decimal]:
    """Return points below, at, between and above the ends."""
    ends = sorted(numbers)
    between = [(low + high) / 2 for low, high in pairwise(ends)]
    return sorted({ends[0] / 2, *ends, *between, ends[-1] * Decimal("1.2")})


def _level(rules: Mapping[str, Condition], fields: list[Field], point: Point) -> str | None:
    values = {field.key: number for field, number in zip(fields, point, strict=True)}
    return next((key for key, rule in rules.items() if rule.matches(values, clock.now())), None)


def _is_less(one: Point, other: Point) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def _said(fields: list[Field], point: Point) -> str:
    return ", ".join(f"{field.key} {field.type.text(number)}" for field, number in zip(fields, point, strict=True))
