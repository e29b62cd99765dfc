"""Reads conditions: `all`, `any`, `not` and tests of fields, from YAML, JSON and the address bar."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from typing import Any as Anything

from flask_babel import lazy_gettext

from portal.fields import OPERATORS, Field, FieldError
from portal.schema.condition import All, Always, Any, Condition, ConditionError, Not, Test
from portal.schema.filters import PREFIX, from_query, to_query
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.entity import Entity

__all__ = [
    "PREFIX",
    "All",
    "Always",
    "Any",
    "Condition",
    "ConditionError",
    "Not",
    "Test",
    "from_query",
    "parse",
    "to_query",
]

WORDS = ("all", "any", "not", "always")
Path = tuple[str | int, ...]
DEEPEST = 20


def parse(node: Anything, entity: "Entity") -> Condition:
    """The condition in a YAML or JSON node; raises ConditionError with all problems at once."""
    problems: list[Fault] = []
    condition = _node(node, entity, (), problems)
    if problems:
        raise ConditionError(problems)
    return condition


def _node(node: Anything, entity: "Entity", path: Path, problems: list[Fault]) -> Condition:
    if len(path) > DEEPEST:
        problems.append(Fault(path, lazy_gettext("conditions stand too deep in each other")))
        return Always()
    if node is None or (isinstance(node, Mapping | list) and not node):
        return Always()
    if isinstance(node, list):
        return _all([_node(item, entity, (*path, index), problems) for index, item in enumerate(node)])
    if not isinstance(node, Mapping):
        problems.append(Fault(path, lazy_gettext("a condition is a mapping, such as {status: lost}")))
        return Always()
    return _all([_entry(str(key), below, entity, (*path, str(key)), problems) for key, below in node.items()])


def _all(parts: Sequence[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _entry(key: str, below: Anything, entity: "Entity", path: Path, problems: list[Fault]) -> Condition:
    if key in ("all", "any"):
        if not isinstance(below, list) or not below:
            problems.append(Fault(path, lazy_gettext('"%(key)s" takes a list of conditions', key=key)))
            return Always()
        parts = tuple(_node(item, entity, (*path, index), problems) for index, item in enumerate(below))
        return All(parts) if key == "all" else Any(parts)
    if key == "not":
        return Not(_node(below, entity, path, problems))
    if key == "always":
        return Always() if below is not False else Not(Always())
    asked = entity.fields.get(key)
    if asked is None:
        problems.append(unknown(path, key, [*entity.fields, *WORDS], lazy_gettext("field")))
        return Always()
    return _tests(asked, below, path, problems)


def _tests(asked: Field, below: Anything, path: Path, problems: list[Fault]) -> Condition:
    if below is None:
        below = {"empty": True}
    elif isinstance(below, list):
        below = {asked.type.list_operator: below}
    elif not isinstance(below, Mapping):
        below = {asked.type.scalar_operator: below}
    parts = [test for key, raw in below.items() if (test := _test(asked, str(key), raw, (*path, str(key)), problems))]
    return _all(parts) if parts else Always()


def _test(asked: Field, key: str, raw: Anything, path: Path, problems: list[Fault]) -> Test | None:
    if key not in asked.type.operators:
        problems.append(unknown(path, key, asked.type.operators, lazy_gettext("operator")))
        return None
    if any(isinstance(one, Mapping) for one in (raw if isinstance(raw, list) else (raw,))):
        problems.append(Fault(path, lazy_gettext("must be a single value")))
        return None
    if raw is None and key in ("eq", "ne"):
        key, raw = ("empty", True) if key == "eq" else ("filled", True)
    try:
        return Test(asked, OPERATORS[key], OPERATORS[key].parse(raw, asked.type))
    except FieldError as error:
        problems.append(Fault(path, error.message))
        return None
