"""Keep score and issues: by one UPDATE for a few records or a range of them, written only where they differ."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal import clock, duplicates, schema
from portal.events import Event
from portal.extensions import db
from portal.records import tables
from portal.rules.glance import MOST, TWIN, Glance
from portal.rules.prepared import prepared
from portal.rules.scope import FEW, Scope, ranges
from portal.schema import Catalog


def of(entity_key: str) -> Iterator[Any]:
    """Yield the documents on the quality of an entity's records."""
    return (noun for noun in schema.current().quality.values() if noun.on == entity_key)


def follow(glance: Glance, changed: Collection[str] | None) -> None:
    """Appraise a few records by the documents that ask for what has changed (None: anything may have)."""
    for noun in of(glance.entity_key):
        asked = noun.appraisal(schema.current().entities[noun.on])
        if noun.score in glance.given or (changed is not None and asked.fields.isdisjoint(changed)):
            continue
        if len(glance.ids) > MOST:
            evaluate(noun, Scope.of(glance.ids))
            continue
        now = clock.now()
        verdicts = ((asked.judge(row, now, bool(row.get(TWIN))), row) for row in glance.rows)
        wrong = [row["id"] for (score, issues), row in verdicts if _held(noun, row) != (score, issues)]
        if wrong:
            evaluate(noun, Scope.of(wrong))
            glance.forget()


def _held(noun: Any, row: Any) -> tuple[int | None, tuple[str, ...]]:
    return row[noun.score], tuple(row[noun.issues] or ())


def hear(event: Event) -> None:
    """Listen *with* a decision about duplicates: appraise the records it is about."""
    ids = event.data.get("ids") or [event.record_id]
    follow(Glance(event.entity or "", ids), None)


def whole(entity_key: str) -> Iterator[Scope]:
    """Yield ranges that together hold all records of an entity."""
    return ranges(tables.table_of(entity_key))


def evaluate(noun: Any, scope: Scope) -> int:
    """Write score and issues of the records in scope; return how many rows changed."""
    if scope.ids is None:
        statement = _statement(noun, schema.current(), clock.now(), scope)
        return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]
    few = prepared(("quality", noun.key), lambda catalog, now: _statement(catalog.quality[noun.key], catalog, now, FEW))
    return int(db.session.execute(few, {"ids": scope.ids}).rowcount)  # type: ignore[attr-defined]


def _statement(noun: Any, catalog: Catalog, now: datetime, scope: Scope) -> sa.Update:
    """What works score and issues out once and writes those that differ."""
    entity, table = catalog.entities[noun.on], tables.table_of(noun.on)
    score, issues = (tables.column(table, entity, key) for key in (noun.score, noun.issues))
    twin = duplicates.queue.has_open(noun.on, table.c.id)
    found = noun.appraisal(entity).sql(tables.Columns.of(entity, table), now, twin)
    judged = sa.select(table.c.id, found[0].label("score"), found[1].label("issues"))
    due = judged.where(scope.where(table.c.id), table.c.archived_at.is_(None)).subquery("due")
    told = sa.type_coerce(issues, sa.Text())
    differs = sa.or_(score.is_distinct_from(due.c.score), told.is_distinct_from(due.c.issues))
    return sa.update(table).values({score: due.c.score, issues: due.c.issues}).where(table.c.id == due.c.id, differs)
