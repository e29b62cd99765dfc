"""Fields that wait for each other to be filled in."""

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l

from portal.schema.conditions import All, Condition, Test
from portal.schema.conditions import Any as Some
from portal.schema.entity import Entity
from portal.schema.lint.grid import NOW
from portal.schema.problems import Fault


def demands(entity: Entity) -> Iterator[Fault]:
    """Warn of what is never shown."""
    for ring in _rings(entity):
        message = _l("shown only when the other is filled in: %(way)s", way=" → ".join([*ring, ring[0]]))
        hint = _l("nobody could fill them in; let one of them stand without a condition, or give it a default")
        yield Fault(("fields", ring[0], "visible_when"), message, hint, "warning")


def _rings(entity: Entity) -> Iterator[list[str]]:
    waits = {
        key: [other for other in sorted(field.visible_when.fields()) if _needs(field.visible_when, other)]
        for key, field in entity.fields.items()
        if isinstance(field.visible_when, Condition) and field.default is None
    }
    told: set[str] = set()
    for start in waits:
        way = _back(waits, start)
        if way and told.isdisjoint(way):
            told.update(way)
            yield way


def _back(waits: dict[str, list[str]], start: str) -> list[str]:
    """The shortest way from a field back to it, or nothing."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        for other in waits.get(way[-1], ()):
            if other == start:
                return way
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []


def _needs(condition: Condition, key: str) -> bool:
    """Whether the condition cannot be met while that field is empty."""
    if isinstance(condition, Test):
        return condition.field.key == key and not condition.matches({key: None}, NOW)
    parts = [_needs(part, key) for part in condition.parts()]
    return any(parts) if isinstance(condition, All) else isinstance(condition, Some) and bool(parts) and all(parts)
