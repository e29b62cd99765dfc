"""Likely duplicates of what is being typed or brought in, as far as the person may know of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from portal.duplicates import index, queue
from portal.duplicates.index import Forms, Rule
from portal.extensions import db
from portal.matching import Weighed
from portal.records import Record, links, reach, reading, tables
from portal.security import Actor, policy

MOST = 5
Best = list[tuple[int, Weighed]]


@dataclass(frozen=True)
class Hint:
    """A record that may be the same, and why."""

    record: Record
    reasons: list[queue.Reason]
    is_sure: bool


@dataclass
class Hints:
    """Records that the person may see, and whether there is one that only others see."""

    seen: list[Hint] = field(default_factory=list)
    is_hidden_one: bool = False


def like(entity_key: str, values: Mapping[str, Any], person: Actor, but: int | None = None) -> Hints:
    """The likeliest records to be the same as one with these values; `but` is the record that is being edited.

    Only fields that the person may read are compared, so that nobody tries values out to learn what is stored. Of
    records out of sight no more is told than that one is surely there.
    """
    rule = index.rule_of(entity_key)
    person = reach.real(person)
    if rule is None or not policy.can(person, "view", entity_key):
        return Hints()
    open_ = {key: values.get(key) for key in rule.likeness.fields if _is_open(rule, person, key)}
    best = next(iter(_likest(rule, [open_])), [])
    best = [(id_, weighed) for id_, weighed in best if id_ != but]
    records = _visible(rule, person, [id_ for id_, _ in best])
    seen = [
        Hint(records[id_], queue.reasons(rule, person, weighed.reasons), weighed.points >= rule.likeness.sure)
        for id_, weighed in best
        if id_ in records
    ]
    hidden = any(id_ not in records and weighed.points >= rule.likeness.sure for id_, weighed in best)
    return Hints(seen[:MOST], hidden)


def twins(entity_key: str, many: Sequence[Mapping[str, Any]], person: Actor) -> list[tuple[int, int, int]]:
    """For rows on their way in: (position, id of the likeliest record that the person sees, points)."""
    rule = index.rule_of(entity_key)
    person = reach.real(person)
    if rule is None:
        return []
    found = [(at, *best[0]) for at, best in enumerate(_likest(rule, many)) if best]
    seen = _visible_ids(rule, person, {id_ for _at, id_, _weighed in found})
    return [(at, id_, weighed.points) for at, id_, weighed in found if id_ in seen]


def _is_open(rule: Rule, person: Actor, key: str) -> bool:
    return reading.may_read(person, rule.entity.fields.get(key))


def _likest(rule: Rule, many: Iterable[Mapping[str, Any]]) -> list[Best]:
    """For each of many records not stored yet those that may be the same, the likeliest first."""
    given = [rule.forms(values) for values in many]
    at: dict[int, list[int]] = {}
    for place, forms in enumerate(given):
        for key in rule.keys(forms):
            at.setdefault(key, []).append(place)
    met: dict[int, set[int]] = {}
    for key, id_ in index.met(rule, at, set()):
        for place in at[key]:
            met.setdefault(place, set()).add(id_)
    stored = index.forms_of(rule, {id_ for ids in met.values() for id_ in ids})
    return [rule.likeness.best(forms, _known(stored, met.get(place, set()))) for place, forms in enumerate(given)]


def _known(stored: Mapping[int, Forms], ids: Iterable[int]) -> list[tuple[int, Forms]]:
    return [(id_, stored[id_]) for id_ in sorted(ids) if id_ in stored]


def _visible(rule: Rule, person: Actor, ids: Sequence[int]) -> dict[int, Record]:
    if not ids:
        return {}
    entity, table = rule.entity, tables.table_of(rule.entity.key)
    keys = list(dict.fromkeys(["id", entity.title, "owner"]))
    select = sa.select(*reach.columns(entity, person, keys, ())).where(
        table.c.id.in_(ids), reach.rows(person, "view", entity)
    )
    found = reach.records(entity, person, db.session.execute(select).mappings())
    links.label(found)
    return {record.values["id"]: record for record in found}


def _visible_ids(rule: Rule, person: Actor, ids: Iterable[int]) -> set[int]:
    table = tables.table_of(rule.entity.key)
    found: set[int] = set()
    for some in index.chunks(sorted(ids)):
        seen = sa.select(table.c.id).where(table.c.id.in_(some), reach.rows(person, "view", rule.entity))
        found.update(db.session.scalars(seen))
    return found
