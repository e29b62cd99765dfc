"""The condition builder: lines of field, operator and value of which all, any or none must hold, and groups of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from portal.fields import OPERATORS, Field, Operator
from portal.forms.lines import JOINS, Group, Row
from portal.records import reading
from portal.schema import Entity, conditions
from portal.security import Actor

MOST_LINES = 40
DEEPEST = 4
PLACE = re.compile(rf"\d{{1,3}}(\.\d{{1,3}}){{0,{DEEPEST - 1}}}")
"""Where a line stands: its number behind those of the groups around it, such as 2.0."""


class Sent(Protocol):
    """What a browser sent, as werkzeug's MultiDict gives it."""

    def get(self, key: str) -> str | None: ...
    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True)
class Builder:
    """The lines on the screen and how they are joined."""

    entity: Entity
    fields: Mapping[str, Field]
    group: Group
    prefix: str = ""  # of the names of its inputs, where a form holds several

    @classmethod
    def of(cls, condition: conditions.Condition, entity: Entity, person: Actor, prefix: str = "") -> Self | None:
        """The lines of a condition; None for one too deep for a screen or of fields the person may not ask for."""
        group, fields = Group.of(condition), askable(entity, person)
        if group is None or group.depth > DEEPEST or not {row.field.key for row in group.rows} <= set(fields):
            return None
        return cls(entity, fields, group, prefix)

    @classmethod
    def sent(cls, form: Sent, entity: Entity, person: Actor, prefix: str = "") -> Self:
        """The lines a browser sent, with one added or removed where a button asked for it."""
        fields = askable(entity, person)
        return cls(entity, fields, _Reader(form, prefix, fields).group(), prefix)

    @staticmethod
    def may_nest(place: str) -> bool:
        """Whether a group at this place may hold another."""
        return (place.count(".") + 1 if place else 0) < DEEPEST - 1

    def node(self) -> dict[str, Any]:
        """The condition as YAML writes it; lines without a value are left out."""
        return self.group.node()

    def condition(self) -> conditions.Condition:
        """The condition; raises ConditionError for values that cannot be read."""
        return conditions.parse(self.node(), self.entity)


class _Reader:
    """Reads the lines of one builder from what was sent."""

    def __init__(self, form: Sent, prefix: str, fields: Mapping[str, Field]) -> None:
        self.form, self.prefix, self.fields = form, prefix, fields
        self.within: dict[str, list[str]] = {}
        gone = f"{self.said('remove')}."
        for place in form.getlist(f"{prefix}row")[:MOST_LINES]:
            if PLACE.fullmatch(place) and not f"{place}.".startswith(gone):
                self.within.setdefault(place.rpartition(".")[0], []).append(place)

    def said(self, name: str, place: str = "") -> str | None:
        """What an input of a line says; of the outermost group where no place is named."""
        return self.form.get(f"{self.prefix}{name}-{place}" if place else self.prefix + name)

    def group(self, place: str = "") -> Group:
        """The group at a place."""
        found = (self.line(below) for below in self.within.get(place, ()))
        lines = [line for line in found if line is not None]
        join = self.said("join", place)
        if self.said("add", place) and self.fields:
            lines.append(self._first())
        if self.said("nest", place) and self.fields and Builder.may_nest(place):
            lines.append(Group("all" if join == "any" else "any", (self._first(),)))
        return Group(join if join in JOINS else "all", tuple(lines))

    def line(self, place: str) -> Row | Group | None:
        """The line at a place; None for a field nobody may ask for."""
        if self.said("join", place) is not None:
            return self.group(place)
        field = self.fields.get(self.said("field", place) or "")
        if field is None:
            return None
        key = self.said("operator", place) or ""
        operator = OPERATORS[key if key in field.type.operators else field.type.operators[0]]
        return Row(field, operator, self._values(place, operator))

    def _first(self) -> Row:
        first = next(iter(self.fields.values()))
        return Row(first, OPERATORS[first.type.operators[0]])

    def _values(self, place: str, operator: Operator) -> tuple[str, ...]:
        values = [value for value in self.form.getlist(f"{self.prefix}value-{place}") if value.strip()]
        if operator.takes == "duration":
            unit = self.said("unit", place) or "days"
            return (f"{values[0]} {unit}",) if values else ()
        if operator.takes == "many" and len(values) == 1:
            return tuple(part.strip() for part in values[0].replace("，", ",").split(",") if part.strip())
        return tuple(values)


def askable(entity: Entity, person: Actor) -> dict[str, Field]:
    """The fields a person may ask for: the filterable ones that may be read."""
    asked = (field for field in entity.fields.values() if field.filterable and field.type.operators)
    return {field.key: field for field in reading.readable(person, asked)}
