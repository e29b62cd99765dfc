"""Keep scores and bands: by one UPDATE for a few records or a range of them, with every change of band told."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal import clock, events, schema
from portal.events import Event
from portal.extensions import db
from portal.records import tables
from portal.rules.prepared import prepared
from portal.rules.scope import FEW, Scope
from portal.rules.scoring import decay
from portal.rules.scoring.behaviour import source
from portal.schema import Catalog
from portal.security import SYSTEM

DAY = timedelta(days=1)
CHUNK = 500
Columns = tables.Columns | sa.FromClause
Statements = tuple[Any, Any]  # what reads the bands, what writes scores and bands


def of(entity_key: str) -> Iterator[Any]:
    """Yield the scorings of an entity."""
    return (noun for noun in schema.current().scoring.values() if noun.on == entity_key)


def hear(event: Event) -> None:
    """Listen *with* a change or a deed: score the record itself, and those that a related record belongs to."""
    changed = set(event.data.get("changes", ())) | set(event.data.get("fields", ()))
    ids = event.data.get("ids") or [event.record_id]
    for noun in schema.current().scoring.values():
        if noun.on == event.entity and _asks(noun, event, changed):
            _settle(noun, ids)
        for through in {one.through or "" for one in noun.behaviour if one.source and one.source == event.entity}:
            _settle(noun, _parents(event, through, ids))


def _asks(noun: Any, event: Event, changed: set[str]) -> bool:
    if event.kind == "deed.done":
        return any(one.event == event.data["kind"] for one in noun.behaviour)
    asked = {key for one in noun.points for key in one.when.fields()}
    return not changed or not event.kind.endswith((".changed", ".moved")) or bool(changed & asked)


def _parents(event: Event, through: str, ids: list[int]) -> list[int]:
    """Return whose records these are; one handed over concerns both."""
    handed = event.data.get("changes", {})
    if through in handed:
        return [value for value in handed[through] if value is not None]
    table, entity = tables.table_of(event.entity or ""), schema.current().entities[event.entity or ""]
    reference = tables.column(table, entity, through)
    found: set[Any] = set()
    for start in range(0, len(ids), CHUNK):
        rows = sa.select(reference).distinct().where(table.c.id.in_(ids[start : start + CHUNK]))
        found |= set(db.session.scalars(rows.where(reference.is_not(None))))
    return sorted(found)


def settle(entity_key: str, ids: Collection[int]) -> int:
    """Score a few records anew; return how many changed."""
    return sum(_settle(noun, list(ids)) for noun in of(entity_key))


def _settle(noun: Any, ids: list[int]) -> int:
    return sum(evaluate(noun, Scope.of(ids[start : start + CHUNK])) for start in range(0, len(ids), CHUNK))


def evaluate(noun: Any, scope: Scope) -> int:
    """Write score and band of the records in scope; return how many rows changed."""
    if scope.ids is None:
        held, settled = _statements(noun, schema.current(), clock.now(), scope)
    else:
        held, settled = _few(noun)
    given = {"ids": scope.ids} if scope.ids is not None else {}
    bands: dict[int, str | None] = {row[0]: row[1] for row in db.session.execute(held, given)}
    written = db.session.execute(settled, given).all()
    told = [
        (id_, {"scoring": noun.key, "changes": {noun.band: [bands[id_], band]}})
        for id_, band in written
        if bands.get(id_) not in (None, band)  # a first band is no news to anybody
    ]
    events.tell_many("score.moved", entity=noun.on, told=told, by=SYSTEM)
    return len(written)


def _few(noun: Any) -> Statements:
    """Return the statements for a few records, built once."""

    def make(catalog: Catalog, now: datetime) -> Statements:
        return _statements(catalog.scoring[noun.key], catalog, now, FEW)

    return prepared(("score", noun.key), make)


def _statements(noun: Any, catalog: Catalog, now: datetime, scope: Scope) -> Statements:
    """What reads the bands held, locking a few, and what works the scores out once and writes those that differ."""
    entity, table = catalog.entities[noun.on], tables.table_of(noun.on)
    score, band = (tables.column(table, entity, key) for key in (noun.field, noun.band))
    mine = (scope.where(table.c.id), table.c.archived_at.is_(None))
    held = sa.select(table.c.id, band).where(*mine)
    if scope.ids is not None:
        held = held.order_by(table.c.id).with_for_update()
    scored = sa.select(table.c.id, score_of(noun, catalog, table, now).label("score")).where(*mine).subquery("scored")
    due = sa.select(scored, band_of(noun, scored.c.score).label("band")).subquery("due")
    differs = sa.or_(score.is_distinct_from(due.c.score), band.is_distinct_from(due.c.band))
    written = sa.update(table).values({score: due.c.score, band: due.c.band})
    return held, written.where(table.c.id == due.c.id, differs).returning(table.c.id, band)


def score_of(noun: Any, catalog: Catalog, table: sa.Table, now: datetime) -> sa.ColumnElement[Any]:
    """Return the score of a record, as SQL."""
    return decay.rounded_of(points_of(noun, table, now) + behaviour_of(noun, catalog, table, now))


def points_of(noun: Any, columns: Columns, now: datetime) -> sa.ColumnElement[Any]:
    """Return the points for what a record is, as SQL."""
    total: sa.ColumnElement[Any] = sa.literal(0.0, sa.Double())
    for one in noun.points:
        given = sa.case((one.when.where(columns, now), one.points), else_=0)
        total = total + sa.cast(given, sa.Double())
    return total


def behaviour_of(
    noun: Any, catalog: Catalog, table: sa.Table, now: datetime, *, past: bool = False
) -> sa.ColumnElement[Any]:
    """Return what happened to a record is worth, as SQL; `past` leaves out what had not happened by then."""
    total: sa.ColumnElement[Any] = sa.literal(0.0, sa.Double())
    for one in noun.behaviour:
        total = total + _behaviour(noun, one, catalog, table, now, past=past)
    return total


def _behaviour(
    noun: Any, one: Any, catalog: Catalog, table: sa.Table, now: datetime, *, past: bool
) -> sa.ColumnElement[Any]:
    found = source(one, noun.on, catalog, now)
    total = sa.func.sum(decay.worth_of(one.points, one.half_life / DAY, found.at, now))
    mine = sa.select(total).select_from(found.table).where(found.whose == table.c.id, *found.where)
    if past:
        mine = mine.where(found.by(now))
    worth = sa.func.coalesce(mine.correlate(table).scalar_subquery(), sa.literal(0.0, sa.Double()))
    if one.at_most is None:
        return worth
    most: sa.ColumnElement[Any] = sa.literal(float(one.at_most), sa.Double())
    return sa.case((worth > most, most), else_=worth)


def band_of(noun: Any, score: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return the band of a score, as SQL; NULL when it reaches none."""
    whens = [(score >= band.at_least, sa.literal(key)) for key, band in noun.bands.items() if band.at_least is not None]
    rest = next((sa.literal(key) for key, band in noun.bands.items() if band.otherwise), sa.null())
    return sa.case(*whens, else_=rest) if whens else rest
