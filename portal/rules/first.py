"""What a new record's rules give it at once: levels, scores and quality, as far as they follow from the row itself.

Nothing can point at a record that is not there yet, so no behaviour is worth anything and no roll-up has a value:
the conditions say in Python what the statements of `tiers`, `scoring` and `quality` would say of the row in SQL.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from portal import clock, schema
from portal.rules import tiers
from portal.rules.prepared import prepared
from portal.schema import Catalog, Entity
from portal.writing import insert_many

Values = dict[str, Any]


@dataclass(frozen=True)
class _Rule:
    """What a tier or a scoring gives, what it asks for, and how it is worked out."""

    gives: tuple[str, ...]
    asks: frozenset[str]
    work: Callable[[Mapping[str, Any], datetime], tuple[Any, ...]]
    tier: str | None = None


class First:
    """First levels and scores, as a beginning of new rows."""

    def given(self, entity: Entity, many: Sequence[Values]) -> list[Values]:
        """Return the levels and scores of rows with these values."""
        rules, now = _of(entity.key), clock.now().replace(second=0, microsecond=0)  # as `prepared` has it
        passes = _passes(rules)
        return [_given(rules, passes, values, now) for values in many]

    def written(self, entity: Entity, rows: Sequence[tuple[int, Values]]) -> None:
        """Keep the first level of each row in the history of its tier."""
        fixed: Values = {"entity": entity.key, "before": None, "at": clock.now(), "cause": "change"}
        fixed["release"] = schema.current().release
        moves = [
            {**fixed, "tier": rule.tier, "record_id": id_, "after": given[rule.gives[0]]}
            for rule in _of(entity.key)
            if rule.tier is not None
            for id_, given in rows
            if rule.gives[0] in given
        ]
        if moves:
            insert_many(tiers.TierMove.__table__, moves)


def _given(rules: Sequence[_Rule], passes: int, found: Values, now: datetime) -> Values:
    """What rules give one row, into whose values it goes too; those that a row was told about keep out of it."""
    mine = [rule for rule in rules if all(found.get(key) is None for key in rule.gives)]
    if found.get("archived_at") is not None:
        return {}
    for _ in range(passes if len(mine) == len(rules) else _passes(mine)):
        for rule in mine:
            found.update(zip(rule.gives, rule.work(found, now), strict=True))
    return {key: found[key] for rule in mine for key in rule.gives if found[key] is not None}


def fields(entity_key: str, told: Collection[str]) -> frozenset[str]:
    """Return the fields that rules have given to new rows; not those of a rule that was told what to give."""
    return frozenset(key for rule in _of(entity_key) if set(rule.gives).isdisjoint(told) for key in rule.gives)


def _of(entity_key: str) -> list[_Rule]:
    found: list[_Rule] = prepared(("first", entity_key), lambda catalog, now: list(_plain(catalog, entity_key)))
    return found


def _passes(rules: Sequence[_Rule]) -> int:
    """Two when a rule asks for what itself or a later one gives, as a tier may ask for a score."""
    return 2 if any(rule.asks & set(later.gives) for at, rule in enumerate(rules) for later in rules[at:]) else 1


def _plain(catalog: Catalog, entity_key: str) -> Iterator[_Rule]:
    """Yield the rules that a row itself decides: not by its number, nor by a formula over what rules give."""
    rules = [*_tiers(catalog, entity_key), *_scores(catalog, entity_key), *_qualities(catalog, entity_key)]
    given = {key for rule in rules for key in rule.gives}
    fields = catalog.entities[entity_key].fields
    over = {key for key, one in fields.items() if one.expression is not None and given & set(one.expression.asks())}
    return (rule for rule in rules if not rule.asks & {"id", *over})


def _tiers(catalog: Catalog, entity_key: str) -> Iterator[_Rule]:
    for tier in catalog.tiers.values():
        if tier.on == entity_key:
            asks = frozenset(tiers.asked(tier))
            yield _Rule((tier.field,), asks, partial(_levelled, tier), tier.key)


def _scores(catalog: Catalog, entity_key: str) -> Iterator[_Rule]:
    for noun in catalog.scoring.values():
        if noun.on == entity_key:
            asks = frozenset(key for one in noun.points for key in one.when.fields())
            yield _Rule((noun.field, noun.band), asks, partial(_scored, noun))


def _qualities(catalog: Catalog, entity_key: str) -> Iterator[_Rule]:
    for noun in catalog.quality.values():
        if noun.on == entity_key:
            found = noun.appraisal(catalog.entities[entity_key])
            yield _Rule((noun.score, noun.issues), found.fields, partial(_appraised, found))


def _levelled(tier: Any, values: Mapping[str, Any], now: datetime) -> tuple[Any, ...]:
    return (tier.outcome(values, now),)


def _scored(noun: Any, values: Mapping[str, Any], now: datetime) -> tuple[Any, ...]:
    score = noun.outcome(values, now)
    return score, noun.band_of(score)


def _appraised(found: Any, values: Mapping[str, Any], now: datetime) -> tuple[Any, ...]:
    score, issues = found.judge(values, now)
    return score, issues or None
