"""What a tier rule, in force or drafted, would have said at the end of each of the last months.

Figures that are rolled up over dated records are worked out anew as of each month's end; whatever else a rule asks
keeps today's value, and the result names these fields, for history cannot say more. Nothing is written.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from portal import clock, jobs, rules, schema
from portal.extensions import db
from portal.jobs import Job, Work
from portal.records import tables
from portal.rules import rollup, scope
from portal.schema import Catalog, releases
from portal.security import Actor

KIND = "foresight.backtest"
MOST_MONTHS = 36
LISTED = 30  # moves named by record
Level = sa.ColumnElement[Any]


def ask(tier: str, months: int, base: int, edits: Mapping[str, str | None], by: Actor) -> Job:
    """Ask for the test of a tier, as it is in force and as the draft has it."""
    arguments = {"tier": tier, "months": max(1, min(months, MOST_MONTHS)), "base": base, "edits": dict(edits)}
    return jobs.enqueue(KIND, arguments, by=by)


def run(work: Work) -> dict[str, Any]:
    """Go through the months, the oldest first; the result holds numbers and ids only."""
    told = work.arguments
    merged = {**releases.documents(told["base"]), **told["edits"]}
    _result, plan = releases.preview({path: text for path, text in merged.items() if text is not None})
    sides = {"now": schema.current(), **({"draft": plan.new} if plan else {})}
    compared = {side: catalog for side, catalog in sides.items() if told["tier"] in catalog.tiers}
    ends = month_ends(clock.today(), told["months"])
    parts: dict[str, Any] = {"ends": [end.isoformat() for end in ends], "rules": {}}
    for place, (side, catalog) in enumerate(compared.items()):
        test = Backtest(catalog, told["tier"])
        found: dict[str, Any] = {"levels": [], "moves": [], "who": [], "rebuilt": test.rebuilt, "today": test.today}
        for number, end in enumerate(ends):
            found["levels"].append([[level, count] for level, count in test.levels(end)])
            if number:
                found["moves"].append([[old, new, count] for old, new, count in test.moves(ends[number - 1], end)])
                found["who"] += [
                    [number, *row] for row in test.movers(ends[number - 1], end, LISTED - len(found["who"]))
                ]
            work.advance(place * len(ends) + number + 1, len(ends) * len(compared))
        parts["rules"][side] = found
    return {**parts, "kept": kept(told["tier"], ends)}


def month_ends(today: date, months: int) -> list[date]:
    """Return the last days of the months before this one, the oldest first, and today."""
    ends, day = [today], today
    for _ in range(months):
        day = day.replace(day=1) - timedelta(days=1)
        ends.append(day)
    return ends[::-1]


def kept(tier: str, ends: list[date]) -> list[int]:
    """Return how many moves between levels really happened after each end, up to the next."""
    move = rules.tiers.TierMove
    counted = []
    for first, last in pairwise(ends):
        within = sa.and_(move.at > _moment(first), move.at <= _moment(last))
        query = sa.select(sa.func.count()).select_from(move).where(move.tier == tier, move.before.is_not(None), within)
        counted.append(db.session.scalar(query) or 0)
    return counted


class Backtest:
    """One rule of a tier, asked as of past days."""

    def __init__(self, catalog: Catalog, tier: str) -> None:
        self.catalog, self.tier = catalog, catalog.tiers[tier]
        self.entity = schema.current().entities[self.tier.on]
        self.table = tables.table_of(self.tier.on)
        asked = sorted(rules.tiers.asked(self.tier))
        self.metrics = [catalog.metrics[key] for key in asked if self._is_dated(catalog.metrics.get(key))]
        self.rebuilt = [metric.key for metric in self.metrics]
        self.today = [key for key in asked if key not in self.rebuilt]

    def _is_dated(self, metric: Any) -> bool:
        """Whether a figure can be worked out as of a past day from records that say when they happened."""
        if metric is None or metric.source not in schema.current().entities or metric.key not in self.entity.fields:
            return False
        return metric.how not in ("last", "first") or metric.at == metric.what

    def levels(self, end: date) -> Iterator[tuple[str | None, int]]:
        """Yield each level with its number of records at the end of a day."""
        found = self._as_of(end)
        query = sa.select(found.c.level, sa.func.count()).group_by(found.c.level).order_by(found.c.level)
        yield from ((row[0], row[1]) for row in db.session.execute(query))

    def moves(self, first: date, last: date) -> Iterator[tuple[str | None, str | None, int]]:
        """Yield from, to and number of the records whose level differs between two days."""
        before, after, differs = self._pair(first, last)
        keys = (before.c.level, after.c.level)
        query = sa.select(*keys, sa.func.count()).select_from(before.join(after, before.c.id == after.c.id))
        rows = db.session.execute(query.where(differs).group_by(*keys).order_by(*keys))
        yield from ((row[0], row[1], row[2]) for row in rows)

    def movers(self, first: date, last: date, limit: int) -> Iterator[tuple[int, str | None, str | None]]:
        """Yield id, from and to of the first records that move."""
        if limit <= 0:
            return
        before, after, differs = self._pair(first, last)
        query = sa.select(before.c.id, before.c.level, after.c.level)
        joined = query.select_from(before.join(after, before.c.id == after.c.id)).where(differs)
        for row in db.session.execute(joined.order_by(before.c.id).limit(limit)):
            yield row[0], row[1], row[2]

    def _pair(self, first: date, last: date) -> tuple[sa.Subquery, sa.Subquery, sa.ColumnElement[bool]]:
        before, after = self._as_of(first), self._as_of(last)
        return before, after, before.c.level.is_distinct_from(after.c.level)

    def _as_of(self, end: date) -> sa.Subquery:
        now = _moment(end)
        columns = tables.Columns.of(self.entity, self.table)
        source: sa.FromClause = self.table
        for metric in self.metrics:
            figures = self._figures(metric, now)
            source = source.outerjoin(figures, figures.c.id == self.table.c.id)
            figure = figures.c[metric.key]
            columns[metric.key] = sa.func.coalesce(figure, 0) if metric.how in rollup.ZERO_WHEN_NONE else figure
        due = rules.tiers.level_of(self.tier, columns, now).label("level")
        return sa.select(self.table.c.id, due).select_from(source).where(self.table.c.archived_at.is_(None)).subquery()

    def _figures(self, metric: Any, now: datetime) -> sa.Subquery:
        """Work out one figure from the records that had happened by then."""
        entities = schema.current().entities
        group = rollup.Rollup(entities[metric.on], entities[metric.source], metric.through, (metric,), now)
        at = group.at(metric)
        happened = group.column(at) <= entities[metric.source].fields[at].type.at(now)
        whole = scope.Scope(first=0, last=2**62)
        return group.totals(whole).where(happened).subquery()


def _moment(day: date) -> datetime:
    """The end of a day in the portal's zone."""
    return datetime.combine(day, time.max, clock.zone()).astimezone(UTC)
