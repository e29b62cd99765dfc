"""Conditions in the address bar: `f.industry=in:a,b&f.amount=gte:100` are tests that must all hold."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext

from portal.fields import OPERATORS, FieldError
from portal.schema.condition import All, Always, Condition, ConditionError, Test
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.entity import Entity

PREFIX = "f."
MOST = 40
_LISTS = ("many", "two")


def from_query(arguments: Any, entity: "Entity") -> Condition:
    """The filter among a request's arguments (a MultiDict or a mapping); raises ConditionError."""
    problems: list[Fault] = []
    parts: list[Condition] = []
    for name, value in _pairs(arguments):
        if not name.startswith(PREFIX) or not value:
            continue
        if test := _test(name.removeprefix(PREFIX), value, entity, problems):
            parts.append(test)
    if len(parts) > MOST:
        problems.append(Fault((), lazy_gettext("Use fewer filters.")))
    if problems:
        raise ConditionError(problems)
    return Always() if not parts else parts[0] if len(parts) == 1 else All(tuple(parts))


def _pairs(arguments: Any) -> Iterable[tuple[str, str]]:
    if hasattr(arguments, "getlist"):
        yield from arguments.items(multi=True)
    elif isinstance(arguments, Mapping):
        for name, value in arguments.items():
            for one in value if isinstance(value, list | tuple) else [value]:
                yield name, str(one)


def _test(key: str, value: str, entity: "Entity", problems: list[Fault]) -> Condition | None:
    asked = entity.fields.get(key)
    if asked is None:
        problems.append(unknown((key,), key, entity.fields, lazy_gettext("field")))
        return None
    word, colon, rest = value.partition(":")
    if not colon or word not in asked.type.operators:
        word, rest = asked.type.scalar_operator, value
    operator = OPERATORS[word]
    raw: Any = split(rest) if operator.takes in _LISTS else rest
    try:
        return Test(asked, operator, operator.parse(raw, asked.type))
    except FieldError as error:
        problems.append(Fault((key,), error.message))
        return None


def to_query(condition: Condition) -> list[tuple[str, str]]:
    """The arguments that `from_query` reads; ValueError for trees that are more than tests that all hold."""
    if isinstance(condition, Always):
        return []
    if isinstance(condition, All):
        return [pair for part in condition.of for pair in to_query(part)]
    if not isinstance(condition, Test):
        raise ValueError("only tests that all hold fit into an address")
    right = condition.operator.dump(condition.right, condition.field.type)
    text = ",".join(_escape(item) for item in right) if isinstance(right, list) else _plain(right)
    return [(PREFIX + condition.field.key, f"{condition.operator.key}:{text}")]


def _plain(right: Any) -> str:
    return str(right).lower() if isinstance(right, bool) else str(right)


def _escape(item: Any) -> str:
    return re.sub(r"([,\\])", r"\\\1", _plain(item))


def split(text: str) -> list[str]:
    """The parts between commas; `\\,` is a comma inside a part."""
    parts = re.findall(r"((?:[^,\\]|\\.)*)(?:,|$)", text)
    return [re.sub(r"\\(.)", r"\1", part) for part in parts if part]
