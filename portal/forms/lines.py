"""The lines of the condition builder: tests of fields, and groups of lines that are joined in a way of their own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from portal.fields import OPERATORS, Field, FieldError, Operator
from portal.schema import conditions

JOINS: dict[str, Callable[[list[Any]], dict[str, Any]]] = {
    "all": lambda tests: {"all": tests},
    "any": lambda tests: {"any": tests},
    "none": lambda tests: {"not": {"any": tests}},
}
"""How the lines of a group are joined, as YAML writes it."""


@dataclass(frozen=True)
class Row:
    """One line of the builder; `values` are the texts in its inputs."""

    field: Field
    operator: Operator
    values: tuple[str, ...] = ()

    @property
    def operators(self) -> list[Operator]:
        """What may be asked of the field."""
        return [OPERATORS[key] for key in self.field.type.operators]

    @property
    def is_blank(self) -> bool:
        """Whether a value is still to be given."""
        return self.operator.takes != "nothing" and not any(value.strip() for value in self.values)

    def node(self) -> dict[str, Any]:
        """The test as YAML writes it."""
        values = [value for value in self.values if value.strip()]
        right: Any = True
        if self.operator.takes in ("many", "two"):
            right = values
        elif self.operator.takes != "nothing":
            right = values[0] if values else ""
        return {self.field.key: {self.operator.key: self._written(right)}}

    def _written(self, right: Any) -> Any:
        """The right side as a document says it; what cannot be read stays as typed, for the check to complain of."""
        try:
            return self.operator.dump(self.operator.parse(right, self.field.type), self.field.type)
        except FieldError:
            return right

    @classmethod
    def of(cls, test: conditions.Test) -> Self:
        """The row of a test there is already."""
        right = test.operator.dump(test.right, test.field.type)
        shown = right if isinstance(right, list) else [] if right is True else [right]
        return cls(test.field, test.operator, tuple(str(value) for value in shown))


@dataclass(frozen=True)
class Group:
    """Lines of which all, any or none must hold."""

    join: str
    lines: "tuple[Row | Group, ...]" = ()

    @property
    def is_blank(self) -> bool:
        """Whether no line has its values yet."""
        return all(line.is_blank for line in self.lines)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows in it, at any depth."""
        return tuple(row for line in self.lines for row in (line.rows if isinstance(line, Group) else (line,)))

    @property
    def depth(self) -> int:
        """How many groups stand in each other, this one counted."""
        return 1 + max((line.depth for line in self.lines if isinstance(line, Group)), default=0)

    def node(self) -> dict[str, Any]:
        """The condition as YAML writes it; lines without a value are left out."""
        tests = [line.node() for line in self.lines if not line.is_blank]
        return JOINS[self.join](tests) if tests else {}

    @classmethod
    def of(cls, condition: conditions.Condition) -> "Group | None":
        """The lines of a condition; None for one that says "always" or "never" within others, which no line says."""
        if isinstance(condition, conditions.Always):
            return cls("all")
        return None if any(isinstance(part, conditions.Always) for part in _within(condition)) else _group(condition)


def _within(condition: conditions.Condition) -> Iterable[conditions.Condition]:
    for part in condition.parts():
        yield part
        yield from _within(part)


def _group(condition: conditions.Condition) -> Group:
    if isinstance(condition, conditions.Not):
        (refused,) = condition.parts()
        return Group("none", _lines(refused, conditions.Any))
    if isinstance(condition, conditions.Any):
        return Group("any", _lines(condition, conditions.Any))
    return Group("all", _lines(condition, conditions.All))


def _lines(condition: conditions.Condition, join: type[conditions.Condition]) -> tuple[Row | Group, ...]:
    """The parts of what is joined in this way, also where such stand in each other; anything else is one line."""
    if isinstance(condition, join):
        return tuple(line for part in condition.parts() for line in _lines(part, join))
    return (Row.of(condition) if isinstance(condition, conditions.Test) else _group(condition),)
