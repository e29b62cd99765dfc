"""The condition builder: rows of field, operator and value, all or any of which must hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from portal.fields import OPERATORS, Field, FieldError, Operator
from portal.schema import Entity, conditions
from portal.security import Actor, policy

MOST_ROWS = 20


class Sent(Protocol):
    """What a browser sent, as werkzeug's MultiDict gives it."""

    def get(self, key: str) -> str | None: ...
    def getlist(self, key: str) -> list[str]: ...


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
class Builder:
    """The rows on the screen and how they are joined."""

    entity: Entity
    fields: Mapping[str, Field]
    rows: tuple[Row, ...]
    join: str = "all"
    prefix: str = ""  # of the names of its inputs, where a form holds several

    @classmethod
    def of(cls, condition: conditions.Condition, entity: Entity, person: Actor, prefix: str = "") -> Self | None:
        """The rows of a condition; None for one with more than one level or fields the person may not ask for."""
        join = "any" if isinstance(condition, conditions.Any) else "all"
        parts = condition.parts() or (() if isinstance(condition, conditions.Always) else (condition,))
        if not all(isinstance(part, conditions.Test) for part in parts):
            return None
        rows = tuple(Row.of(part) for part in parts if isinstance(part, conditions.Test))
        fields = askable(entity, person)
        return cls(entity, fields, rows, join, prefix) if {row.field.key for row in rows} <= set(fields) else None

    @classmethod
    def sent(cls, form: Sent, entity: Entity, person: Actor, prefix: str = "") -> Self:
        """The rows a browser sent, with one added or removed where a button asked for it."""
        fields = askable(entity, person)
        gone = form.get(f"{prefix}remove")
        numbers = [number for number in form.getlist(f"{prefix}row") if number.isdigit() and number != gone]
        rows = [row for number in numbers[:MOST_ROWS] if (row := _sent_row(form, prefix, number, fields))]
        if form.get(f"{prefix}add") and fields:
            first = next(iter(fields.values()))
            rows.append(Row(first, OPERATORS[first.type.operators[0]]))
        join = "any" if form.get(f"{prefix}join") == "any" else "all"
        return cls(entity, fields, tuple(rows), join, prefix)

    def node(self) -> dict[str, Any]:
        """The condition as YAML writes it; rows without a value are left out."""
        return {self.join: tests} if (tests := [row.node() for row in self.rows if not row.is_blank]) else {}

    def condition(self) -> conditions.Condition:
        """The condition; raises ConditionError for values that cannot be read."""
        return conditions.parse(self.node(), self.entity)


def _sent_row(form: Sent, prefix: str, number: str, fields: Mapping[str, Field]) -> Row | None:
    field = fields.get(form.get(f"{prefix}field-{number}") or "")
    if field is None:
        return None
    key = form.get(f"{prefix}operator-{number}") or ""
    operator = OPERATORS[key if key in field.type.operators else field.type.operators[0]]
    return Row(field, operator, _sent_values(form, prefix, number, operator))


def _sent_values(form: Sent, prefix: str, number: str, operator: Operator) -> tuple[str, ...]:
    values = [value for value in form.getlist(f"{prefix}value-{number}") if value.strip()]
    if operator.takes == "duration":
        unit = form.get(f"{prefix}unit-{number}") or "days"
        return (f"{values[0]} {unit}",) if values else ()
    if operator.takes == "many" and len(values) == 1:
        return tuple(part.strip() for part in values[0].replace("，", ",").split(",") if part.strip())
    return tuple(values)


def askable(entity: Entity, person: Actor) -> dict[str, Field]:
    """The fields a person may ask for: the filterable ones that may be read."""
    return {
        key: field
        for key, field in entity.fields.items()
        if field.filterable and field.type.operators and policy.access(person, field) >= policy.Access.READ
    }
