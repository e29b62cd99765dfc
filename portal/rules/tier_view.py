"""What people see of a tier: why a record has its level, how many have each, and what a draft would move."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal import clock, schema, translations
from portal.extensions import db
from portal.records import Record, tables
from portal.rules import grace
from portal.rules.tiers import Tier, TierMove, level_of
from portal.schema.conditions import All, Condition
from portal.security import Actor, policy
from portal.security.policy import Access


@dataclass(frozen=True)
class Criterion:
    """One test of a level with the record's own values; `met` is None where the viewer may not know."""

    sentence: str
    values: tuple[tuple[str, str], ...] = ()
    met: bool | None = None


@dataclass(frozen=True)
class Reason:
    """One level seen from a record: its criteria, whether all are met and whether it is the level held."""

    key: str
    level: Any
    criteria: tuple[Criterion, ...] = ()
    met: bool | None = None
    held: bool = False


@dataclass(frozen=True)
class Figure:
    """One level in numbers, over the records the viewer may see; shares are ratios."""

    key: str
    level: Any
    number: int
    share: Decimal
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True)
class Move:
    """So many records would go from one level to another; `group` is their office or owner when asked for.

    `waits` tells that they would keep their level for the time of grace before they fall.
    """

    before: str | None
    after: str | None
    number: int
    group: int | None = field(default=None)
    waits: bool = False


def why(tier: Tier, record: Record) -> list[Reason]:
    """Return for each level, highest first, its criteria with the record's values, met or not."""
    held = record[tier.field]
    return [_reason(key, level, record, is_held=key == held) for key, level in tier.levels.items()]


def _reason(key: str, level: Any, record: Record, *, is_held: bool) -> Reason:
    tests = tuple(criteria(level.when, record))
    known = [criterion.met for criterion in tests]
    met = None if None in known else all(known)
    return Reason(key, level, tests, met, is_held)


def criteria(condition: Condition | None, record: Record) -> Iterator[Criterion]:
    """Yield the tests of a condition with a record's own values."""
    return (_criterion(part, record) for part in _parts(condition))


def _parts(condition: Condition | None) -> tuple[Condition, ...]:
    if condition is None:
        return ()
    return condition.parts() if isinstance(condition, All) else (condition,)


def _criterion(condition: Condition, record: Record) -> Criterion:
    keys = sorted(condition.fields() & record.entity.fields.keys())
    fields = [record.entity.fields[key] for key in keys]
    sentence = condition.sentence() if any(one.type.target for one in fields) else _said(condition)
    if any(record.access(key) < Access.READ for key in keys):
        return Criterion(sentence)
    values = tuple((str(one.label), record.text(one.key)) for one in fields)
    return Criterion(sentence, values, condition.matches(record.values, clock.now()))


def _said(condition: Condition) -> str:
    """The sentence of a condition that names no record and no person, made once for each language."""
    locale = translations.locale()
    asked = (Criterion, id(condition), str(locale))  # what is kept holds the condition, so that its id is its own
    return schema.current().remembered(asked, lambda: (condition, condition.sentence()))[1]


def figures(tier: Tier, person: Actor) -> list[Figure]:
    """Return number and share of each level among the records the person may see."""
    entity, table = schema.current().entities[tier.on], tables.table_of(tier.on)
    held = tables.column(table, entity, tier.field)
    visible = policy.rows(person, "view", entity, table, tables.table_of)
    rows = sa.select(held, sa.func.count()).where(table.c.archived_at.is_(None), visible).group_by(held)
    numbers: dict[Any, int] = {row[0]: row[1] for row in db.session.execute(rows)}
    total = Decimal(sum(numbers.values()) or 1)
    return [
        Figure(key, level, numbers.get(key, 0), numbers.get(key, 0) / total, tuple(_sentences(level)))
        for key, level in tier.levels.items()
    ]


def _sentences(level: Any) -> Iterator[str]:
    return (part.sentence() for part in _parts(level.when))


def preview(
    tier: Tier, by: str | None = None, columns: tables.Columns | None = None, source: sa.FromClause | None = None
) -> list[Move]:
    """Return what a tier, drafted or not, would move today, by `office` or `owner` if asked; writes nothing.

    `columns` and `source` are given where some figures are others than those that are stored.
    """
    entity, table, now = schema.current().entities[tier.on], tables.table_of(tier.on), clock.now()
    columns = columns or tables.Columns.of(entity, table)
    held = columns[tier.field] if tier.field in columns else sa.cast(sa.null(), sa.String)
    group = tables.column(table, entity, by) if by else sa.cast(sa.null(), sa.Integer)
    due = level_of(tier, columns, now)
    falls = sa.and_(grace.falls(tier, held, due), sa.not_(grace.is_over(tier, table.c.id, now)))
    waits = sa.case((falls, 1), else_=0) if tier.grace else sa.literal(0, sa.Integer)
    levels = sa.select(held.label("before"), due.label("after"), group.label("group"), waits.label("waits"))
    levels = levels.select_from(source if source is not None else table)
    found = levels.where(table.c.archived_at.is_(None)).subquery()
    keys = (found.c.before, found.c.after, found.c.group, found.c.waits)
    rows = db.session.execute(sa.select(*keys, sa.func.count()).group_by(*keys).order_by(*keys))
    return [Move(before, after, number, at, bool(waits)) for before, after, at, waits, number in rows]


def moves(tier: Tier, record: Record, limit: int = 20) -> list[TierMove]:
    """Return the moves of a record, newest first."""
    mine = sa.select(TierMove).where(TierMove.entity == tier.on, TierMove.record_id == record.id)
    newest = mine.where(TierMove.tier == tier.key).order_by(TierMove.at.desc(), TierMove.id.desc())
    return list(db.session.scalars(newest.limit(limit)))


def newest_moves(tier: Tier, person: Actor, limit: int = 15) -> list[TierMove]:
    """Return the newest moves between levels, of records the person may see; a first level is no move."""
    entity, table = schema.current().entities[tier.on], tables.table_of(tier.on)
    visible = policy.rows(person, "view", entity, table, tables.table_of)
    rows = sa.select(TierMove).join(table, table.c.id == TierMove.record_id)
    rows = rows.where(TierMove.tier == tier.key, TierMove.before.is_not(None), visible)
    return list(db.session.scalars(rows.order_by(TierMove.at.desc(), TierMove.id.desc()).limit(limit)))
