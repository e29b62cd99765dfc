"""Rules that start each other again and again: what a workflow sets moves a metric or a tier that starts it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.fields import FieldError
from portal.schema.catalog import Catalog
from portal.schema.conditions import All, Condition, Test
from portal.schema.lint.grid import NOW
from portal.schema.problems import Fault

ANY = "*"
Place = tuple[str, str]  # entity and field; ANY is every field of it
Edge = tuple[Place, Place, tuple[str, str] | None]  # from, to, the rule in between (kind, key)


def loops(catalog: Catalog) -> Iterator[tuple[str, Fault]]:
    """Yield workflow and warning for every ring of rules; a workflow that rests (`again_after`) closes none."""
    ways: dict[Place, list[Edge]] = defaultdict(list)
    for edge in _edges(catalog):
        ways[edge[0]].append(edge)
    told: set[frozenset[tuple[str, str]]] = set()
    for key, flow in catalog.workflows.items():
        for start in _started_by(flow):
            ring = _ring(ways, start, ("workflows", key))
            rules = [rule for _from, _to, rule in ring if rule]
            if ring and frozenset(rules) not in told:
                told.add(frozenset(rules))
                said = " → ".join([".".join(start), *(f"{rule[1]} → {'.'.join(to)}" for _f, to, rule in ring if rule)])
                hint = _l(
                    'limit the trigger\'s fields, add a condition that ends it, or let it rest with "again_after"'
                )
                yield key, Fault(("trigger",), _l("loop: %(way)s", way=said), hint, "warning")


def _ring(ways: dict[Place, list[Edge]], start: Place, through: tuple[str, str]) -> list[Edge]:
    """Return the shortest way from a place back to it that begins with a rule, or nothing."""
    first = [[edge] for edge in ways[start] if edge[2] == through]
    seen = {edge[1] for way in first for edge in way}
    while first:
        way = first.pop(0)
        if way[-1][1] == start:
            return way
        for edge in ways[way[-1][1]]:
            if edge[1] not in seen or edge[1] == start:
                seen.add(edge[1])
                first.append([*way, edge])
    return []


def _edges(catalog: Catalog) -> Iterator[Edge]:
    for key, flow in catalog.workflows.items():
        for place in _started_by(flow):
            for target in _written(flow, flow.steps):
                yield place, target, ("workflows", key)
    for key, tier in catalog.tiers.items():
        asked = {field for level in tier.levels.values() if level.when for field in level.when.fields()}
        yield from (((tier.on, field), (tier.on, tier.field), ("tiers", key)) for field in sorted(asked))
    for key, metric in catalog.metrics.items():
        asked = {metric.what, metric.through, *({metric.at} if metric.at else ())}
        asked |= metric.when.fields() if metric.when else set()
        yield from (((metric.source, field), (metric.on, key), ("metrics", key)) for field in sorted(asked))
    for key, group in catalog.tags.items():
        asked = {field for tag in group.values.values() if tag.when for field in tag.when.fields()}
        yield from (((group.on, field), (group.on, group.field), ("tags", key)) for field in sorted(asked))
    for entity in catalog.entities.values():
        yield from (((entity.key, field), (entity.key, ANY), None) for field in entity.fields)


def _started_by(flow: Any) -> list[Place]:
    """Return the changes that start a workflow again and again."""
    if not flow.active or flow.trigger.event != "changed" or flow.again_after:
        return []
    return [(flow.on, field) for field in flow.trigger.fields or (ANY,)]


def _written(flow: Any, steps: Sequence[Any]) -> Iterator[Place]:
    """Yield the fields the steps write, but for values after which the workflow's own condition no longer holds."""
    for step in steps:
        if fork := step.fork:
            yield from _written(flow, (*fork.then, *fork.otherwise))
        if step.tag:
            yield flow.on, step.tag.field
        if step.assign:
            yield flow.on, "owner"
        for field, value in (step.set or {}).items():
            if not _ends(flow.when, field, value):
                yield flow.on, field


def _ends(when: Condition | None, field: str, value: object) -> bool:
    parts = when.parts() if isinstance(when, All) else (when,)
    return any(isinstance(part, Test) and part.field.key == field and not _holds(part, value) for part in parts)


def _holds(test: Test, raw: object) -> bool:
    try:
        return test.matches({test.field.key: test.field.type.parse(raw)}, NOW)
    except FieldError:
        return True
