"""Tell what happened: the row is in the present transaction, the *with* listeners run at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from portal import clock
from portal.events.listeners import hearing, ring_pending
from portal.events.model import Event
from portal.extensions import before_commit, db


class Actor(Protocol):
    """Whoever acts: a person, or the system (id None)."""

    @property
    def id(self) -> int | None: ...


def tell(
    kind: str,
    *,
    entity: str | None = None,
    record_id: int | None = None,
    data: Mapping[str, Any] | None = None,
    by: Actor | None = None,
    release: int | None = None,
) -> Event:
    """Write the event and let the *with* listeners hear it; what they raise undoes the change."""
    (event,) = tell_many(kind, entity=entity, told=[(record_id, data)], by=by, release=release)
    return event


def tell_many(
    kind: str,
    *,
    entity: str | None,
    told: Sequence[tuple[int | None, Mapping[str, Any] | None]],
    by: Actor | None = None,
    release: int | None = None,
    quiet: bool = False,
) -> list[Event]:
    """Tell one event per (record id, data) with one INSERT; `quiet` leaves out the *with* listeners."""
    if not told:
        return []
    now = clock.now()
    waits = any(hearing(kind, "after"))
    rows = [
        {
            "kind": kind,
            "entity": entity,
            "record_id": record_id,
            "data": dict(data or {}),
            "by_id": by.id if by else None,
            "at": now,
            "release": release,
            "delivered_at": None if waits else now,
        }
        for record_id, data in told
    ]
    events = list(db.session.scalars(sa.insert(Event).returning(Event, sort_by_parameter_order=True), rows))
    for listener in () if quiet else tuple(hearing(kind, "with")):
        for event in events:
            listener.hear(event)
    if waits:
        before_commit("events", ring_pending)
    return events
