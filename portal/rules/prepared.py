"""Statements built once for a release and a minute: building them costs more than running them for one record."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from portal import clock, schema
from portal.schema import Catalog


@dataclass(frozen=True)
class _Shelf:
    catalog: Catalog
    now: datetime
    things: dict[Hashable, Any] = field(default_factory=dict)


Thing = TypeVar("Thing")
_shelf: list[_Shelf] = []


def prepared(key: Hashable, make: Callable[[Catalog, datetime], Thing]) -> Thing:
    """Return what `make` built for the release in force and this minute; its `now` is the minute's begin."""
    catalog, now = schema.current(), clock.now().replace(second=0, microsecond=0)
    shelf = _shelf[0] if _shelf else None
    if shelf is None or shelf.catalog is not catalog or shelf.now != now:
        _shelf[:] = [shelf := _Shelf(catalog, now)]
    if key not in shelf.things:
        shelf.things[key] = make(catalog, now)
    found: Thing = shelf.things[key]
    return found
