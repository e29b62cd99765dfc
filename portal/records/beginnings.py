"""What rules give a new row before it is written, so that it need not be written twice."""

from collections.abc import Sequence
from typing import Any, Protocol

from portal.records.formulas import worked_out
from portal.schema import Entity

Values = dict[str, Any]


class Beginning(Protocol):
    """Something that follows from the values of a new row alone."""

    def given(self, entity: Entity, many: Sequence[Values]) -> list[Values]:
        """What it gives rows with these values, formulas included; nothing for what is there already.

        The values are its own to work with.
        """

    def written(self, entity: Entity, rows: Sequence[tuple[int, Values]]) -> None:
        """Listen to rows, by id with what was given, once they are stored."""


_beginnings: dict[str, Beginning] = {}


def register(name: str, beginning: Beginning) -> None:
    """Let something give values to new rows; harmless when repeated."""
    _beginnings[name] = beginning


def give(entity: Entity, many: Sequence[Values]) -> list[tuple[Beginning, list[Values]]]:
    """Add to the values what follows from them; return what each beginning gave, row by row."""
    return [(one, _add(one, entity, many)) for one in _beginnings.values()]


def _add(one: Beginning, entity: Entity, many: Sequence[Values]) -> list[Values]:
    found = one.given(entity, [{**values, **worked_out(entity, values)} for values in many])
    for values, given in zip(many, found, strict=True):
        values |= given
    return found


def follow(entity: Entity, ids: Sequence[int], given: Sequence[tuple[Beginning, list[Values]]]) -> None:
    """Tell the beginnings the ids of the rows they gave to."""
    for one, found in given:
        if any(found):
            one.written(entity, list(zip(ids, found, strict=True)))
