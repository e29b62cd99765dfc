"""What a plan would do to the data that is there: columns with row counts, tiers with the moves; nothing is written."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from portal import clock, rules, schema
from portal.extensions import db
from portal.foresight import anew
from portal.schema.releases import Plan

LARGE = 50_000  # records beyond which a page does not count moves itself
Pair = tuple[str | None, str | None]
CAREFUL = ("archive", "archive_entity", "retype")


@dataclass(frozen=True)
class Effect:
    """One change with the number of records that hold a value there (or that there are)."""

    change: Any
    entity: Any
    rows: int

    @property
    def field(self) -> Any:
        """Return the field, as it will be or as it was."""
        return self.change.field or self.change.before

    @property
    def is_careful(self) -> bool:
        """Say whether people will miss something afterwards."""
        return self.change.kind in CAREFUL


@dataclass(frozen=True)
class Matrix:
    """How many records would go from which level (rows) to which (columns); None is no level."""

    tier: Any
    before: Sequence[tuple[str | None, Any]]
    after: Sequence[tuple[str | None, Any]]
    numbers: dict[tuple[str | None, str | None], int]
    waiting: dict[tuple[str | None, str | None], int] = field(default_factory=dict)  # of these, in grace first
    anew: Sequence[str] = ()  # figures that were worked out anew, for the draft changes them

    @property
    def later(self) -> int:
        """Return how many records would keep their level for the time of grace."""
        return sum(self.waiting.values())

    @property
    def moved(self) -> int:
        """Return how many records change their level."""
        return sum(number for (old, new), number in self.numbers.items() if old != new)

    @property
    def total(self) -> int:
        """Return how many records there are."""
        return sum(self.numbers.values())

    def held(self, side: int, level: str | None) -> int:
        """Return how many have the level before (0) or after (1)."""
        return sum(number for pair, number in self.numbers.items() if pair[side] == level)


@dataclass(frozen=True)
class Impact:
    """What publishing would do."""

    effects: Sequence[Effect]
    tiers: Sequence[Matrix]


def impact_of(plan: Plan) -> Impact:
    """Look at what a plan would do, without writing anything."""
    effects = [effect_of(change, plan) for change in plan.changes if change.kind not in ("index", "unindex")]
    return Impact(effects, list(_matrices(plan)))


def effect_of(change: Any, plan: Plan) -> Effect:
    """Count what one change concerns."""
    entity = plan.new.entities.get(change.entity) or plan.old.entities[change.entity]
    held = dict.fromkeys(("archive", "retype", "seal", "unseal"), change.before)
    physical = {**held, "restore": change.field}.get(change.kind)
    known = change.entity in plan.old.entities
    return Effect(change, entity, _count(entity.table_name, physical.physical if physical else None) if known else 0)


def _count(table_name: str, column: str | None) -> int:
    """Count the records, or those with a value in the column; the names come from our own releases."""
    table = sa.table(table_name, sa.column("id"), sa.column("archived_at"), *([sa.column(column)] if column else []))
    query = sa.select(sa.func.count()).select_from(table).where(table.c.archived_at.is_(None))
    return db.session.scalar(query.where(table.c[column].is_not(None)) if column else query) or 0


def _matrices(plan: Plan) -> Iterator[Matrix]:
    for key, tier in changed_tiers(plan):
        if _is_large(schema.current().entities[tier.on].table_name):  # left to the job
            continue
        yield matrix(plan, key)


def _is_large(table_name: str) -> bool:
    table = sa.table(table_name, sa.column("id"))
    return db.session.execute(sa.select(table.c.id).offset(LARGE).limit(1)).first() is not None


def changed_tiers(plan: Plan) -> Iterator[tuple[str, Any]]:
    """Yield the tiers whose rules differ, of entities that have records."""
    for key, tier in plan.new.tiers.items():
        if tier.on not in schema.current().entities:
            continue
        if _rules(plan.old.tiers.get(key)) != _rules(tier) or figures_of(plan, tier):
            yield key, tier


def figures_of(plan: Plan, tier: Any) -> list[Any]:
    """Return the figures a tier asks for that the plan changes: what is stored of them says nothing of the draft."""
    return anew.changed(plan.old, plan.new, tier.on, rules.tiers.asked(tier))


def moves_of(plan: Plan, key: str, by: str | None = None) -> list[Any]:
    """Return from which level to which records would go, changed figures worked out anew."""
    tier = plan.new.tiers[key]
    entity, now = plan.new.entities[tier.on], clock.now()
    found = anew.records(entity, figures_of(plan, tier), plan.new, now)
    return rules.tier_view.preview(tier, by, *found)


def matrix(plan: Plan, key: str) -> Matrix:
    """Count the matrix of a tier."""
    numbers: Counter[Pair] = Counter()
    waiting: Counter[Pair] = Counter()
    for move in moves_of(plan, key):
        numbers[move.before, move.after] += move.number
        waiting[move.before, move.after] += move.number if move.waits else 0
    made = matrix_of(plan, key, dict(numbers))
    names = [metric.key for metric in figures_of(plan, made.tier)]
    return replace(made, waiting={pair: number for pair, number in waiting.items() if number}, anew=names)


def matrix_of(plan: Plan, key: str, numbers: dict[tuple[str | None, str | None], int]) -> Matrix:
    """Return the matrix of a tier from its numbers."""
    old, new = plan.old.tiers.get(key), plan.new.tiers[key]
    return Matrix(new, _levels(old, numbers, 0), _levels(new, numbers, 1), numbers)


def _rules(tier: Any) -> object:
    """Return what decides about levels, apart from labels and care."""
    levels = tier.levels.items() if tier else ()
    said = [(key, level.when.dump() if level.when else None, level.otherwise) for key, level in levels]
    return said, str(tier.grace) if tier else None


def _levels(tier: Any, numbers: dict[tuple[str | None, str | None], int], side: int) -> list[tuple[str | None, Any]]:
    """Return the levels of a side, then those that only records still have."""
    known: list[tuple[str | None, Any]] = [(key, level.label) for key, level in tier.levels.items()] if tier else []
    rest = {pair[side] for pair in numbers} - {key for key, _ in known}
    return [*known, *((key, key) for key in sorted(rest, key=str))]
