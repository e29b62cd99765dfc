"""Keep scores and bands: by one UPDATE for a few records or a range of them, with every change of band told."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal import clock, events, schema
from portal.events import Event
from portal.extensions import db
from portal.records import tables
from portal.rules.glance import MOST, Glance
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


def follow(glance: Glance, changed: Collection[str] | None) -> None:
    """Score a few records by the scorings that ask for what has changed (None: anything may have)."""
    for noun in of(glance.entity_key):
        asked = {key for one in noun.points for key in one.when.fields()}
        if noun.field not in glance.given and (changed is None or not asked.isdisjoint(changed)):
            _follow(noun, glance)


def hear(event: Event) -> None:
    """Listen *with* a deed: score whom it is told of."""
    for noun in of(event.entity or ""):
        if any(one.event == event.data["kind"] for one in noun.behaviour):
            _follow(noun, Glance(noun.on, [event.record_id or 0]))


def concerned(event: Event) -> Iterator[tuple[str, set[int]]]:
    """Yield (entity, ids) of those whose score a change of related records may move."""
    ids = event.data.get("ids") or [event.record_id]
    for noun in schema.current().scoring.values():
        for through in {one.through or "" for one in noun.behaviour if one.source and one.source == event.entity}:
            yield noun.on, set(_parents(event, through, ids))


def _follow(noun: Any, glance: Glance) -> None:
    if len(glance.ids) > MOST:
        changed = evaluate(noun, Scope.of(glance.ids))
    elif (glance.is_new or not noun.behaviour) and all(_is_scored(noun, values) for values in glance.rows):
        return
    else:
        changed = evaluate(noun, Scope.of(glance.ids), {values["id"]: values[noun.band] for values in glance.rows})
    if changed:
        glance.forget()


def _is_scored(noun: Any, values: Mapping[str, Any]) -> bool:
    """Tell whether a record that nothing has happened to has its score and band."""
    score = noun.outcome(values, clock.now())
    return bool(values[noun.field] == score and values[noun.band] == noun.band_of(score))


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


def evaluate(noun: Any, scope: Scope, bands: dict[int, str | None] | None = None) -> int:
    """Write score and band of the records in scope; return how many rows changed. `bands` are known, rows locked."""
    if scope.ids is None:
        held, settled = _statements(noun, schema.current(), clock.now(), scope)
    else:
        held, settled = _few(noun)
    given = {"ids": scope.ids} if scope.ids is not None else {}
    if bands is None:
        bands = {row[0]: row[1] for row in db.session.execute(held, given)}
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
