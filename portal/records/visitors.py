"""Who looks at or edits a record just now: said again and again by open pages, kept in Redis, gone in a minute.

Nothing depends on it: without Redis nobody is seen, and the version of a record alone decides who saved first.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from redis.exceptions import RedisError

from portal import clock
from portal.extensions import db, redis_client
from portal.records.record import Record
from portal.security import Person

STAYS = 45  # seconds after the last word of a page, which says one every 20
EDITS, LOOKS = "edits", "looks"


@dataclass(frozen=True)
class Visitor:
    """Somebody else at the record."""

    person_id: int
    name: str
    is_editing: bool


def come(record: Record, *, is_editing: bool) -> list[Visitor]:
    """Say that the viewer is at the record, and tell who else is; those who edit come first."""
    place, now = f"visitors:{record.entity.key}:{record.id}", int(clock.now().timestamp())
    try:
        with redis_client().pipeline() as both:
            both.hset(place, f"{record.person.id}:{EDITS if is_editing else LOOKS}", str(now))
            both.expire(place, STAYS)
            both.hgetall(place)
            found = both.execute()[-1]
    except (RedisError, OSError):
        return []
    doing: dict[int, bool] = {}
    for who, deed in _present(found, now):
        if who != record.person.id:
            doing[who] = doing.get(who, False) or deed == EDITS
    if not doing:
        return []
    names = db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(doing), Person.active))
    return sorted(
        (Visitor(id_, name, doing[id_]) for id_, name in names), key=lambda one: (not one.is_editing, one.name)
    )


def _present(found: dict[bytes, bytes], now: int) -> Iterator[tuple[int, str]]:
    for who, at in found.items():
        person_id, _, deed = who.decode().partition(":")
        if int(at) > now - STAYS:
            yield int(person_id), deed
