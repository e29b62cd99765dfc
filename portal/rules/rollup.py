"""The SQL of metrics: one aggregate over the related records, written only where a value differs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from portal.extensions import db
from portal.records import tables
from portal.rules.scope import FEW, Scope
from portal.schema import Catalog, Entity

Column = sa.ColumnElement[Any]
ZERO_WHEN_NONE = ("sum", "count", "repeat_share")  # the others are empty for a record without related records
FLOAT_ONE = sa.literal_column("1.0", sa.Numeric())


@dataclass(frozen=True)
class Rollup:
    """The metrics of one entity over the same related records: computed together, by one pass over these."""

    target: Entity
    source: Entity
    through: str
    metrics: tuple[Any, ...]  # metric nouns
    now: datetime

    @cached_property
    def child(self) -> sa.Table:
        """The table of the related records."""
        return tables.table_of(self.source.key)

    @cached_property
    def parent(self) -> sa.Table:
        """The table the figures are written to."""
        return tables.table_of(self.target.key)

    @cached_property
    def links(self) -> sa.Table | None:
        """The table of links, where a related record points at several."""
        field = self.source.fields[self.through]
        return field.links if field.type.is_linking else None

    @cached_property
    def reference(self) -> Column:
        """Whom a related record counts for; it counts for each that it points at."""
        return self.column(self.through) if self.links is None else self.links.c.pointed_id

    @cached_property
    def related(self) -> sa.FromClause:
        """The related records, beside what they point at."""
        links = self.links
        return self.child if links is None else self.child.join(links, links.c.record_id == self.child.c.id)

    def pointed(self, where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        """Select whom some related records count for."""
        found: sa.Select[Any] = sa.select(self.reference).distinct().select_from(self.related).where(where)
        return found.where(self.reference.is_not(None))

    def column(self, key: str) -> Column:
        """Return the column of a field of the related records."""
        return tables.column(self.child, self.source, key)

    def written(self, metric: Any) -> Column:
        """Return the column a metric is written to."""
        return tables.column(self.parent, self.target, metric.key)

    def apply(self, scope: Scope) -> int:
        """Write the figures of the records in scope; return the number of writes that changed something."""
        if scope.ids is not None:
            few: Any = db.session.execute(self._few, {"ids": scope.ids})
            return int(few.rowcount)
        results: list[Any] = [db.session.execute(statement) for statement in self._range(scope)]
        return sum(result.rowcount for result in results)

    @cached_property
    def _few(self) -> sa.Update:
        """For a few records: one statement for those with and without related records."""
        own, totals = self.parent.alias("own"), self.totals(FEW).subquery("totals")
        found = [sa.func.coalesce(totals.c[metric.key], _nothing(metric)).label(metric.key) for metric in self.metrics]
        joined = sa.select(own.c.id, *found).outerjoin_from(own, totals, totals.c.id == own.c.id)
        return self._written(joined.where(FEW.where(own.c.id)).subquery("found"))

    def _range(self, scope: Scope) -> list[sa.Update]:
        """For a range: those with related records, then what is left behind on those without; no join of all."""
        empty = {self.written(metric): _nothing(metric) for metric in self.metrics}
        related = sa.exists().select_from(self.related).where(self.reference == self.parent.c.id, *self.relevant())
        alone = sa.update(self.parent).values(empty).where(scope.where(self.parent.c.id), _differs(empty), ~related)
        return [self._written(self.totals(scope).subquery("totals")), alone]

    def _written(self, figures: sa.Subquery) -> sa.Update:
        values = {self.written(metric): figures.c[metric.key] for metric in self.metrics}
        return sa.update(self.parent).values(values).where(self.parent.c.id == figures.c.id, _differs(values))

    def totals(self, scope: Scope) -> sa.Select[Any]:
        """Select id and metrics of the records in scope that have related records."""
        reference = self.reference
        measures = [self._measure(metric).label(metric.key) for metric in self.metrics]
        where = (reference.is_not(None), scope.where(reference), *self.relevant())
        return sa.select(reference.label("id"), *measures).select_from(self.related).where(*where).group_by(reference)

    def relevant(self) -> Iterator[sa.ColumnElement[bool]]:
        """Yield what a related record must satisfy to count in any of the metrics."""
        yield self.child.c.archived_at.is_(None)
        if all(metric.window for metric in self.metrics) and len({self.at(metric) for metric in self.metrics}) == 1:
            yield self._since(max(self.metrics, key=lambda metric: metric.window))

    def _measure(self, metric: Any) -> Column:
        counts = list(self._counts(metric))
        value = MEASURES[metric.how](self.column(metric.what), counts)
        digits = getattr(self.target.fields[metric.key].type.column_type(), "digits", None)
        rounded = value if digits is None else sa.func.round(value, digits)
        return sa.func.coalesce(rounded, 0) if metric.how in ZERO_WHEN_NONE else rounded

    def _counts(self, metric: Any) -> Iterator[sa.ColumnElement[bool]]:
        if metric.window:
            yield self._since(metric)
        if metric.when is not None:
            yield metric.when.where(self.child, self.now)
        if metric.how in ("last", "first") and self.at(metric) != metric.what:
            yield self._is_outermost(metric)

    def at(self, metric: Any) -> str:
        """Return the field that says when a related record happened."""
        timeline = self.source.timeline
        return str(metric.at or (timeline.at if timeline else "created_at"))

    def _since(self, metric: Any) -> sa.ColumnElement[bool]:
        at = self.at(metric)
        since: sa.ColumnElement[bool] = self.column(at) > self.source.fields[at].type.at(self.now - metric.window)
        return since

    def _is_outermost(self, metric: Any) -> sa.ColumnElement[bool]:
        """Tell whether no related record that counts is later (earlier); of equals the higher id is later."""
        other = self.child.alias()
        at = self.column(self.at(metric))
        there = other.c[at.name]
        here, beyond = sa.tuple_(at, self.child.c.id), sa.tuple_(there, other.c.id)
        outer = beyond > here if metric.how == "last" else beyond < here
        where = [outer, other.c.archived_at.is_(None), *self._alike(other)]
        if metric.when is not None:
            where.append(metric.when.where(other, self.now))
        return ~sa.exists().where(*where)

    def _alike(self, other: sa.FromClause) -> Iterator[sa.ColumnElement[bool]]:
        """That another related record counts for the same one."""
        if self.links is None:
            yield other.c[self.column(self.through).name] == self.reference
            return
        link = self.links.alias()
        yield link.c.record_id == other.c.id
        yield link.c.pointed_id == self.reference


def rollups(catalog: Catalog, now: datetime, *, on: str | None = None, source: str | None = None) -> Iterator[Rollup]:
    """Yield the roll-ups of the release, of one entity or over one entity where these are given."""
    groups: dict[tuple[str, str, str], list[Any]] = {}
    for metric in catalog.figures:
        if on in (None, metric.on) and source in (None, metric.source):
            groups.setdefault((metric.on, metric.source, metric.through), []).append(metric)
    for (target, child, through), metrics in groups.items():
        yield Rollup(catalog.entities[target], catalog.entities[child], through, tuple(metrics), now)


def _differs(values: dict[Column, Any]) -> sa.ColumnElement[bool]:
    return sa.or_(*(column.is_distinct_from(value) for column, value in values.items()))


def _nothing(metric: Any) -> Column:
    return sa.literal(0) if metric.how in ZERO_WHEN_NONE else sa.null()


def _filtered(name: str) -> Any:
    return lambda column, counts: _where(getattr(sa.func, name)(column), counts)


def _where(aggregate: Any, counts: list[sa.ColumnElement[bool]]) -> Column:
    filtered: Column = aggregate.filter(*counts) if counts else aggregate
    return filtered


def _repeat_share(column: Column, counts: list[sa.ColumnElement[bool]]) -> Column:
    """The share of purchases that came after the first: (n - 1) / n, with purchases of one day counted once."""
    number = _where(sa.func.count(sa.distinct(column)), counts)
    return (number - 1) * FLOAT_ONE / sa.func.nullif(number, 0)


MEASURES = {
    "sum": _filtered("sum"),
    "count": _filtered("count"),
    "avg": _filtered("avg"),
    "min": _filtered("min"),
    "max": _filtered("max"),
    "last": _filtered("max"),
    "first": _filtered("min"),
    "repeat_share": _repeat_share,
}
