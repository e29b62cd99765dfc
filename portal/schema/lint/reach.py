"""Levels and rules that earlier ones take all records of, and levels whose ranges overlap."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.schema.conditions import Always, Condition
from portal.schema.lint.grid import NOW, Values, axis, examples, holds, is_countable, is_numeric
from portal.schema.problems import Fault
from portal.schema.source import Path

Rules = Mapping[str, Condition]


def levels(whens: Mapping[str, Condition | None]) -> Iterator[Fault]:
    """Warn of levels that are never taken and of ranges that overlap; None stands for all the rest."""
    rules = {key: when for key, when in whens.items() if when is not None and is_countable(when)}
    points = examples(list(rules.values()))
    if not points:
        return
    met = [[key for key, rule in rules.items() if rule.matches(point, NOW)] for point in points]
    for key in rules:
        yield from _reach(key, met)
    rest = next((key for key, when in whens.items() if when is None), None)
    if rest is not None and all(met):
        yield Fault(("levels", rest), _l("no record is left for this level"), _earlier(set()), "warning")
    yield from _overlaps(rules, points, met)


def late(path: Path, whens: Sequence[Condition | None]) -> Iterator[Fault]:
    """Warn of rules that come too late: whatever fits one of them fits an earlier one."""
    rules = [when or Always() for when in whens]
    points = examples(rules)
    for at, rule in enumerate(rules):
        before = rules[:at]
        mine = [point for point in points if holds(rule, point)]
        is_taken = bool(mine) and all(any(holds(one, point) for one in before) for point in mine)
        if is_taken or any(isinstance(one, Always) for one in before):
            message = _l("this rule is never taken: whatever fits it fits an earlier one")
            yield Fault((*path, at), message, _l("put it before the earlier one, or leave it out"), "warning")


def _reach(key: str, met: Sequence[Sequence[str]]) -> Iterator[Fault]:
    mine = [keys for keys in met if key in keys]
    if mine and all(keys[0] != key for keys in mine):
        message = _l("this level is never taken: whatever fits it fits an earlier one")
        yield Fault(("levels", key), message, _earlier({keys[0] for keys in mine}), "warning")


def _earlier(first: set[str]) -> object:
    if not first:
        return _l("the levels before it take every record")
    return _l('put it before "%(levels)s"', levels='", "'.join(sorted(first)))


def _overlaps(rules: Rules, points: Sequence[Values], met: Sequence[Sequence[str]]) -> Iterator[Fault]:
    """A level with an upper end is meant to stand beside its neighbours: a record that fits both is told."""
    ended = {key for key, rule in rules.items() if _has_end(rule, points)}
    told: set[tuple[str, str]] = set()
    for point, keys in zip(points, met, strict=True):
        for place, later in enumerate(keys):
            for first in keys[:place]:
                if later in ended and (first, later) not in told:
                    told.add((first, later))
                    message = _l('overlap: %(values)s fits "%(level)s" too', values=_said(rules, point), level=first)
                    hint = _l("the first level that fits is taken; move the ends or leave out the upper one")
                    yield Fault(("levels", later, "when"), message, hint, "warning")


def _has_end(rule: Condition, points: Sequence[Values]) -> bool:
    """Say whether raising one of its numbers can take a record out of the level."""
    for field in {test.field.key: test.field for test in rule.tests()}.values():
        if is_numeric(field):
            top = axis([test for test in rule.tests() if test.field.key == field.key])[-1] * 2 + Decimal(1)
            if any(
                rule.matches(point, NOW) and not rule.matches({**point, field.key: top}, NOW)
                for point in points
                if point[field.key] is not None
            ):
                return True
    return False


def _said(rules: Rules, point: Values) -> str:
    fields: dict[str, Any] = {test.field.key: test.field for rule in rules.values() for test in rule.tests()}
    return ", ".join(f"{key} {fields[key].type.text(value) or '–'}" for key, value in point.items())
