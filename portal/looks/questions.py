"""What the looks answer: who saw these records, and what did this person see."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from portal.extensions import db
from portal.looks.model import Look, Sight, ids_of, places

AT_ONCE = 100  # blocks asked for in one statement
PAGE = 1000  # looks read at a time


@dataclass(frozen=True)
class Seen:
    """One person saw a kind of record at one door: the fields, when first and last, and how many looks stand for it."""

    person_id: int
    entity: str
    door: str
    fields: tuple[str, ...]
    first: datetime
    last: datetime
    times: int


@dataclass(frozen=True)
class Sighting:
    """One look: who saw which records of one kind, which of their fields, when, at which door, in which request."""

    id: int
    at: datetime
    person_id: int
    entity: str
    door: str
    fields: tuple[str, ...]
    request: str
    record_ids: tuple[int, ...]


@dataclass(frozen=True)
class Questions:
    """Looks between two moments, as far as the asker may know of them: `allowed` is about `Look.person_id`."""

    since: datetime | None = None
    until: datetime | None = None
    allowed: sa.ColumnElement[bool] | None = None

    def who_saw(self, subjects: Mapping[str, Collection[int]]) -> list[Seen]:
        """Who saw any of the records (ids by entity), put together by person, door and fields, the latest first."""
        found: dict[tuple[int, int], tuple[datetime, datetime, int, str, str, str]] = {}
        for where in _among(subjects):
            first, last, times = sa.func.min(Look.at), sa.func.max(Look.at), sa.func.count()
            facts = (Sight.entity, Sight.door, Sight.fields)
            select = sa.select(Look.person_id, Look.sight_id, first, last, times, *facts)
            select = select.join(Sight, Sight.id == Look.sight_id).where(where, *self._bounds())
            for person, sight, one, other, number, *rest in db.session.execute(
                select.group_by(Look.person_id, Look.sight_id, *facts)
            ):
                old = found.get((person, sight), (one, other, 0))
                kind, door, fields = rest
                found[person, sight] = (min(old[0], one), max(old[1], other), old[2] + number, kind, door, fields)
        seen = [
            Seen(person, entity, door, tuple(fields.split(",")), first, last, times)
            for (person, _), (first, last, times, entity, door, fields) in found.items()
        ]
        return sorted(seen, key=lambda one: (one.last, one.person_id), reverse=True)

    def looks_at(self, subjects: Mapping[str, Collection[int]]) -> Iterator[Sighting]:
        """Every single look at any of the records."""
        for where in _among(subjects):
            for sighting in self._read(where):
                wanted = set(subjects[sighting.entity])
                yield Sighting(**vars(sighting) | {"record_ids": tuple(wanted.intersection(sighting.record_ids))})

    def seen_by(self, person_id: int, before: int | None = None) -> Iterator[Sighting]:
        """Every single look of a person, the newest first; `before` is the id of the look to go on behind."""
        rest = sa.true() if before is None else Look.id < before
        return self._read(sa.and_(Look.person_id == person_id, rest))

    def _bounds(self) -> Iterator[sa.ColumnElement[bool]]:
        if self.since is not None:
            yield Look.at >= self.since
        if self.until is not None:
            yield Look.at < self.until
        if self.allowed is not None:
            yield self.allowed

    def _read(self, where: sa.ColumnElement[bool]) -> Iterator[Sighting]:
        columns = (Look.id, Look.at, Look.person_id, Look.request, Look.block, Look.bits)
        select: Any = sa.select(*columns, Sight.entity, Sight.door, Sight.fields)
        select = select.join(Sight, Sight.id == Look.sight_id).where(where, *self._bounds())
        last: int | None = None
        while True:
            page = select if last is None else select.where(Look.id < last)
            rows = db.session.execute(page.order_by(Look.id.desc()).limit(PAGE)).all()
            for id_, at, person, request, block, bits, entity, door, fields in rows:
                ids = tuple(ids_of(block, bits))
                yield Sighting(id_, at, person, entity, door, tuple(fields.split(",")), f"{request:016x}", ids)
            if len(rows) < PAGE:
                return
            last = rows[-1].id


def _among(subjects: Mapping[str, Collection[int]]) -> Iterator[sa.ColumnElement[bool]]:
    """Looks at any of the records, as conditions of bounded length."""
    for entity, ids in subjects.items():
        blocks = iter(sorted(places(ids).items()))
        while some := list(islice(blocks, AT_ONCE)):
            any_ = (sa.and_(Look.block == block, Look.bits.bitwise_and(bits) != 0) for block, bits in some)
            yield sa.and_(Sight.entity == entity, sa.or_(*any_))
