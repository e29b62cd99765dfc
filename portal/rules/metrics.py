"""Metrics: figures of a record rolled up over related records, kept by change and mended by the clock."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from portal import clock, jobs, schema
from portal.events import Event
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.records import tables
from portal.rules import nightly, tags, tiers
from portal.rules.prepared import prepared
from portal.rules.rollup import Rollup, rollups
from portal.rules.scope import Scope, ranges
from portal.schema import Catalog

JOB = "rules.recompute"
RULES = ("metrics/", "tiers/", "tags/", "scoring/", "quality/")  # documents that say what follows from the data
SLACK = timedelta(minutes=5)  # a change that began so long before a pass may have been committed behind its back


def refresh(entity_key: str, ids: Collection[int], source: str | None = None) -> int:
    """Work out the metrics of a few records, over one kind of related records or all; return the writes."""
    wanted = prepared(("on", entity_key, source), partial(_rollups, on=entity_key, source=source))
    if not ids or not wanted:
        return 0
    scope = Scope.of(ids)
    scope.lock(tables.table_of(entity_key))
    return sum(rollup.apply(scope) for rollup in wanted)


def follow(event: Event) -> Iterator[tuple[str, set[int]]]:
    """Work out the metrics of the records that changed ones belong to; yield (entity, ids) of those that moved."""
    for rollup in prepared(("from", event.entity), partial(_rollups, source=event.entity)):
        if _concerns(event, rollup) and (ids := set(_parents(event, rollup))):
            scope = Scope.of(ids)
            scope.lock(rollup.parent)
            if rollup.apply(scope):
                yield rollup.target.key, ids


def _rollups(catalog: Catalog, now: datetime, on: str | None = None, source: str | None = None) -> list[Rollup]:
    return list(rollups(catalog, now, on=on, source=source))


def _concerns(event: Event, rollup: Rollup) -> bool:
    """Tell whether the changed fields can move the figures; anything but a change always can."""
    changed = set(event.data.get("changes", ())) | set(event.data.get("fields", ()))
    if not changed or not event.kind.endswith(".changed"):
        return True
    asked = {rollup.through}
    for metric in rollup.metrics:
        asked |= {metric.what, rollup.at(metric)} | (metric.when.fields() if metric.when else set())
    return bool(asked & changed)


def _parents(event: Event, rollup: Rollup) -> Iterator[int]:
    # A record that was handed from one parent to another leaves figures behind on both.
    handed: Mapping[str, Any] = event.data.get("changes", {})
    kind = rollup.source.fields[rollup.through].type
    if rollup.through in handed:
        yield from (id_ for value in handed[rollup.through] for id_ in kind.pointed(kind.load(value)))
        return
    yield from event.data.get("left", {}).get(rollup.through, ())
    ids = event.data.get("ids") or [event.record_id]
    for start in range(0, len(ids), 500):
        yield from db.session.scalars(rollup.pointed(rollup.child.c.id.in_(ids[start : start + 500])))


def recompute(work: Work | None = None) -> int:
    """Work out all metrics and tiers of all records, range by range, as a job; return the number of writes."""
    catalog, began, written, done = schema.current(), clock.now(), 0, 0
    targets = dict.fromkeys([m.on for m in catalog.figures] + [t.on for t in catalog.tiers.values()])
    for entity_key in targets:
        for scope in ranges(tables.table_of(entity_key)):
            with transaction():
                written += sum(rollup.apply(scope) for rollup in rollups(catalog, clock.now(), on=entity_key))
                written += sum(tiers.evaluate(tier, scope, "clock") for tier in tiers.of(entity_key))
            done += scope.last - scope.first + 1
            if work:
                work.advance(done)
    written += _catch_up(began - SLACK)
    with transaction():
        nightly.ask()
    return written


def _catch_up(since: datetime) -> int:
    """Work out again what changed while the pass went over it, for a pass takes no locks."""
    written = 0
    for rollup in rollups(schema.current(), clock.now()):
        ids = list(db.session.scalars(rollup.pointed(rollup.child.c.updated_at >= since)))
        for start in range(0, len(ids), 500):
            with transaction():
                scope = Scope.of(ids[start : start + 500])
                scope.lock(rollup.parent)
                if changed := rollup.apply(scope):
                    written += changed + tiers.settle(rollup.target.key, scope.ids or (), "clock")
                    written += tags.settle(rollup.target.key, scope.ids or ())
    return written


def follow_release(event: Event) -> None:
    """Listen *after* a release: ask for all figures to be worked out when a rule reads differently."""
    number = int(event.data["number"])
    if _rules_of(number) != _rules_of(number - 1):
        jobs.enqueue(JOB, {"release": number}, unique_key=JOB)


def _rules_of(release: int) -> tuple[dict[str, str], Mapping[str, Any]]:
    documents = schema.releases.documents(release)
    rules = {path: text for path, text in documents.items() if path.startswith(RULES)}
    return rules, schema.releases.catalog(release).rollups
