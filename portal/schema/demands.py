"""What the conditions of fields demand of a record: which are hidden, must be filled in or are shut."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext

from portal import clock
from portal.fields import Field

Values = Mapping[str, Any]


class Demands:
    """The demands of some fields on one record; `before` is what is stored, nothing for a new record."""

    def __init__(self, fields: Iterable[Field], state: Values, before: Values | None, me: Any) -> None:
        self.state = state
        self.before = before
        self.me = me
        self.now = clock.now()
        self.fields = tuple(fields)
        self.hidden = {field.key for field in self.fields if not self._meets(field.visible_when, state, True)}
        self.shut = {field.key for field in self.fields if before and self._meets(field.read_only_when, before, False)}

    @property
    def untouched(self) -> set[str]:
        """The fields that nobody may write now."""
        return self.hidden | self.shut

    def must(self, field: Field) -> bool:
        """Whether the field has to be filled in."""
        if field.key in self.hidden or field.key in self.shut:
            return False
        return field.required or self._meets(field.required_when, self.state, False)

    def problems(self, values: Values) -> dict[str, Any]:
        """What is wrong with the values that are to be stored, by field."""
        found: dict[str, Any] = {}
        before = self.before or {}
        for field in self.fields:
            moved = field.key in values and values[field.key] != before.get(field.key)
            if field.key in self.hidden and moved and values[field.key] is not None:
                found[field.key] = gettext("Leave this blank; it does not apply here.")
            elif field.key in self.shut and moved:
                found[field.key] = gettext("This may not be changed any more.")
            elif self._is_asked(field, values) and self.must(field) and self.state.get(field.key) is None:
                found[field.key] = field.type.missing(field)
            elif not self._agrees(field, values):
                found[field.key] = gettext("Choose one that belongs to what is chosen above it.")
        return found

    def _is_asked(self, field: Field, values: Values) -> bool:
        """Whether this change concerns the field, or what it depends on."""
        if self.before is None:
            return True
        return not {field.key, *field.causes}.isdisjoint(values)

    def _agrees(self, field: Field, values: Values) -> bool:
        leader = field.type.leader
        if leader is None or field.key in self.hidden or not {field.key, leader} & values.keys():
            return True
        return field.type.agrees(self.state.get(field.key), self.state.get(leader))

    def _meets(self, condition: Any, state: Values, otherwise: bool) -> bool:
        return otherwise if condition is None else bool(condition.matches(state, self.now, self.me))
