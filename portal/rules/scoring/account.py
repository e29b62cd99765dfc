"""Why a record has its score: every source of points with what it is worth today, worked out in Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal import clock, schema
from portal.errors import NotFound
from portal.extensions import db
from portal.records import Record
from portal.rules.scoring import decay
from portal.rules.scoring.behaviour import source
from portal.security import policy
from portal.security.policy import Access

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """One source of points: what it is, how often it happened (0 for what a record is), what it is worth now."""

    text: str
    times: int
    worth: float
    half_life: int | None = None


@dataclass(frozen=True)
class Held:
    """The points a record has, as they were settled last, and their band."""

    noun: Any
    score: int
    band: Any


@dataclass(frozen=True)
class Account:
    """A score with its band and its parts, the weightiest first; what the viewer may not know is summed up."""

    noun: Any
    score: int
    band: Any
    parts: tuple[Part, ...]
    hidden: float


def shown(record: Record) -> list[Any]:
    """Return the scorings of which the viewer may see the points of the record."""
    nouns = [noun for noun in schema.current().scoring.values() if noun.on == record.entity.key]
    return [noun for noun in nouns if record.access(noun.field) >= Access.READ]


def held(record: Record) -> list[Held]:
    """Return the scores that the record has, without asking why."""
    return [
        Held(noun, record[noun.field], noun.bands.get(noun.band_of(record[noun.field]) or ""))
        for noun in shown(record)
        if record[noun.field] is not None
    ]


def why(record: Record, key: str) -> Account:
    """Return the account of one score; raises NotFound where the viewer may not see it."""
    noun = next((one for one in shown(record) if one.scoring == key), None)
    if noun is None:
        raise NotFound
    return account(noun, record)


def account(noun: Any, record: Record) -> Account:
    """Work out a score in Python."""
    now = clock.now()
    parts = [*_points(noun, record, now), *_behaviour(noun, record, now)]
    total = sum(part.worth for part, _ in parts)
    shown = tuple(sorted((part for part, is_open in parts if is_open and part.worth), key=lambda part: -part.worth))
    score = decay.rounded(total)
    band = noun.bands.get(noun.band_of(score) or "")
    return Account(noun, score, band, shown, sum(part.worth for part, is_open in parts if not is_open))


def _points(noun: Any, record: Record, now: datetime) -> Iterator[tuple[Part, bool]]:
    for one in noun.points:
        if one.when.matches(record.values, now):
            is_open = all(record.access(key) >= Access.READ for key in one.when.fields() & record.entity.fields.keys())
            yield Part(str(one.label or one.when.sentence()), 0, float(one.points)), is_open


def _behaviour(noun: Any, record: Record, now: datetime) -> Iterator[tuple[Part, bool]]:
    times = _moments(noun, record, now)
    for place, one in enumerate(noun.behaviour):
        moments = times.get(place, [])
        worth = sum(decay.worth(one.points, one.half_life / DAY, at, now) for at in moments)
        if one.at_most is not None:
            worth = min(worth, float(one.at_most))
        is_open = one.source is None or policy.can(record.person, "view", one.source)
        yield Part(str(one.label), len(moments), worth, one.half_life.days), is_open


def _moments(noun: Any, record: Record, now: datetime) -> dict[int, list[datetime]]:
    """When each behaviour happened, by its place; one statement for all."""
    asked = []
    for place, one in enumerate(noun.behaviour):
        found = source(one, noun.on, schema.current(), now)
        times: Any = sa.select(sa.literal(place, sa.Integer()).label("place"), decay.Seconds(found.at).label("at"))
        asked.append(times.select_from(found.table).where(found.whose == record.id, *found.where))
    told: dict[int, list[datetime]] = {}
    for place, seconds in db.session.execute(sa.union_all(*asked)) if asked else ():
        told.setdefault(place, []).append(datetime.fromtimestamp(seconds, UTC))
    return told
