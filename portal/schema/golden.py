"""Tries the examples written in documents; one that comes out otherwise is an error in its line."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import clock
from portal.fields import OPERATORS, Field, FieldError
from portal.schema.catalog import Catalog
from portal.schema.nouns.golden import GoldenNoun, Outcome, ProvenNoun
from portal.schema.problems import Fault, unknown

NOON = time(4, 0)  # UTC: noon in China, so the day is the same in every zone the portal is used in


def failures(noun: ProvenNoun, catalog: Catalog) -> Iterator[Fault]:
    """Yield what cannot be tried and what comes out otherwise than expected."""
    entity = catalog.entities.get(noun.asked)
    for place, example in enumerate(noun.tests if entity else ()):
        assert entity is not None
        values, faults = _values(example, entity.fields, _moment(example.at))
        if not faults:
            found = noun.outcome_in(entity, values, _moment(example.at))
            faults = list(_compare(example.expect, found, entity.fields))
        yield from (Fault(("tests", place, *fault.path), fault.message, fault.hint) for fault in faults)


def _moment(day: date | None) -> datetime:
    return datetime.combine(day, NOON, UTC) if day else clock.now()


def _values(example: GoldenNoun, fields: Mapping[str, Field], now: datetime) -> tuple[dict[str, Any], list[Fault]]:
    """Read the given values as their fields' types do."""
    values: dict[str, Any] = {}
    faults = []
    for key, raw in example.given.items():
        if key not in fields:
            faults.append(unknown(("given", key), key, fields, _l("field")))
            continue
        try:
            values[key] = _value(fields[key], raw, now)
        except FieldError as error:
            faults.append(Fault(("given", key), error.message))
    return values, faults


def _value(field: Field, raw: object, now: datetime) -> Any:
    """Read a value as a condition would: `today - 40 days` is meant from the day of the test."""
    if isinstance(raw, Mapping):
        raise FieldError(_l("must be a single value"))
    if raw is None or field.type.target is not None:  # whom or what it points at nobody knows here: an id will do
        return raw
    equal = OPERATORS["eq"]
    return equal.bind(equal.parse(raw, field.type), field.type, now, None)


def _compare(expected: object, found: object, fields: Mapping[str, Field]) -> Iterator[Fault]:
    if isinstance(found, Outcome):
        found, fields = dict(found.parts) if isinstance(expected, dict) else found.short, {}  # parts are no fields
    if isinstance(found, dict):
        asked = expected if isinstance(expected, dict) else {}
        if not asked:
            yield Fault(("expect",), _l("must be a mapping of key: value"))
        for key, value in asked.items():
            if key not in found:
                yield unknown(("expect", str(key)), str(key), found, _l("field"))
            elif said(found[key]) != _meant(value, fields.get(key)):
                yield _otherwise(("expect", str(key)), value, found.get(key))
    elif said(expected) != said(found):
        yield _otherwise(("expect",), expected, found)


def _otherwise(path: tuple[str | int, ...], expected: object, found: object) -> Fault:
    message = _l("the test expects %(expected)s, the rule says %(found)s", expected=said(expected), found=said(found))
    return Fault(path, message, _l("change the rule, or the test if the rule is meant so"))


def _meant(expected: object, field: Field | None) -> str:
    """What is expected, read as the field's type does: 120 of money is 120.00."""
    try:
        return said(expected if field is None else field.type.parse(expected))
    except FieldError:
        return said(expected)


def said(value: object) -> str:
    """Return an outcome as the document writes it; the order of a list does not matter."""
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(sorted(map(said, value))) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
