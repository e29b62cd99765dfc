"""Records with some figures worked out anew: by a drafted metric, or as of a past day; the stored ones stay."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal import schema
from portal.records import tables
from portal.rules import rollup, scope
from portal.schema import Catalog, Entity

Anew = tuple[tables.Columns, sa.FromClause]
ALL = scope.Scope(first=0, last=2**62)


def records(entity: Entity, figures: Iterable[Any], catalog: Catalog, now: datetime, *, past: bool = False) -> Anew:
    """Return the columns of an entity by field, with the figures as of `now`, and what to select them from.

    `past` leaves out what had not happened by then.
    """
    table = tables.table_of(entity.key)
    columns, source = tables.Columns.of(entity, table), table
    joined: sa.FromClause = source
    for metric in figures:
        found = _figures(metric, catalog, now, past=past)
        joined = joined.outerjoin(found, found.c.id == table.c.id)
        figure = found.c[metric.key]
        columns[metric.key] = sa.func.coalesce(figure, 0) if metric.how in rollup.ZERO_WHEN_NONE else figure
    return columns, joined


def _figures(metric: Any, catalog: Catalog, now: datetime, *, past: bool) -> sa.Subquery:
    entities = catalog.entities
    group = rollup.Rollup(entities[metric.on], entities[metric.source], metric.through, (metric,), now)
    totals: Any = group.totals(ALL)
    if past:
        at = group.at(metric)
        totals = totals.where(group.column(at) <= entities[metric.source].fields[at].type.at(now))
    found: sa.Subquery = totals.subquery()
    return found


def is_known(metric: Any, catalog: Catalog) -> bool:
    """Tell whether the tables there are hold all that a metric, drafted or not, measures."""
    source = catalog.entities.get(metric.source)
    if source is None or metric.source not in schema.current().entities:
        return False
    table = tables.table_of(metric.source)
    asked = {metric.through, metric.what, metric.at or (source.timeline.at if source.timeline else "created_at")}
    asked |= metric.when.fields() if metric.when else set()
    return all(key in source.fields and source.fields[key].column in table.c for key in asked)


def meaning(metric: Any) -> object:
    """Return what decides about a figure, apart from its labels."""
    when = metric.when.dump() if metric.when else None
    return metric.on, metric.source, metric.through, metric.how, metric.what, metric.window, metric.at, when


def changed(old: Catalog, new: Catalog, on: str, asked: set[str]) -> list[Any]:
    """Return the asked figures of an entity that a new catalogue works out differently, of those that are known."""
    before = {metric.key: meaning(metric) for metric in old.figures if metric.on == on}
    mine = [metric for metric in new.figures if metric.on == on and metric.key in asked]
    return [metric for metric in mine if before.get(metric.key) != meaning(metric) and is_known(metric, new)]
