"""Tiers: the first level whose condition holds, by one SQL CASE for one record or for all, with every move kept."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock, events, schema
from portal.extensions import Model, UtcDateTime, db
from portal.records import tables
from portal.rules import grace
from portal.rules.glance import HELD, MOST, Glance
from portal.rules.prepared import prepared
from portal.rules.scope import FEW, Scope
from portal.security import SYSTEM

Tier = Any  # the noun of the schema


class TierMove(Model):
    """One record moved from one level of a tier to another; the first level of a record moves from none."""

    __tablename__ = "tier_move"
    id: Mapped[int] = mapped_column(primary_key=True)
    tier: Mapped[str] = mapped_column(String(60))
    entity: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    before: Mapped[str | None] = mapped_column(String(60))
    after: Mapped[str | None] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    release: Mapped[int]
    cause: Mapped[str] = mapped_column(String(20))  # change, clock or publish
    __table_args__ = (Index("ix_tier_move_record", "entity", "record_id", "at"), Index("ix_tier_move_at", "tier", "at"))


def of(entity_key: str) -> Iterator[Tier]:
    """Yield the tiers of an entity."""
    return (tier for tier in schema.current().tiers.values() if tier.on == entity_key)


def settle(entity_key: str, ids: Collection[int], cause: str) -> int:
    """Put a few records into their levels by all tiers of their entity; return how many moved."""
    return sum(evaluate(tier, Scope.of(ids), cause) for tier in of(entity_key)) if ids else 0


def follow(glance: Glance, changed: Collection[str] | None, cause: str) -> None:
    """Put a few records into their levels by the tiers that ask for what has changed (None: anything may have)."""
    now = clock.now()
    for tier in of(glance.entity_key):
        if tier.field in glance.given or (changed is not None and asked(tier).isdisjoint(changed)):
            continue
        if len(glance.ids) > MOST or any(_moves(tier, values, now) for values in glance.rows):
            evaluate(tier, Scope.of(glance.ids), cause)
            glance.forget()


def _moves(tier: Tier, values: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a record is due for another level, or has a time of grace that may have lost its reason."""
    return bool(values.get(HELD + tier.key)) or values[tier.field] != tier.outcome(values, now)


def asked(tier: Tier) -> set[str]:
    """Return the fields that the conditions of a tier ask for."""
    return {key for level in tier.levels.values() if level.when for key in level.when.fields()}


def evaluate(tier: Tier, scope: Scope, cause: str) -> int:
    """Put the records in scope into their levels, keep and tell the moves; return how many moved."""
    if scope.ids is not None and not db.session.execute(_few(tier), {"ids": scope.ids}).first():
        return 0
    if tier.grace:
        grace.keep(tier, Change.of(tier, scope).falling(tier), scope)
    change = Change.of(tier, scope).after_grace(tier)
    told = [
        (row.id, {"tier": tier.key, "changes": {tier.field: [row.before, row.after]}})
        # A first level is no news to anybody.
        for row in db.session.execute(change.rows.where(change.held.is_not(None)))
    ]
    _keep(tier, change.rows, cause)
    moved = sa.update(change.table).values({change.held: change.due}).where(change.differs)
    result: Any = db.session.execute(moved)
    if tier.grace:
        grace.end(tier, scope)
    events.tell_many("tier.moved", entity=tier.on, told=told, by=SYSTEM)
    return int(result.rowcount)


@dataclass(frozen=True)
class Change:
    """The level held, the level due and the records in scope where the two differ."""

    table: sa.Table
    held: sa.ColumnElement[Any]
    due: sa.ColumnElement[Any]
    differs: sa.ColumnElement[bool]

    @classmethod
    def of(cls, tier: Tier, scope: Scope) -> "Change":
        """Return what a tier changes in a scope."""
        table, entity = tables.table_of(tier.on), schema.current().entities[tier.on]
        due = level_of(tier, tables.Columns.of(entity, table), clock.now())
        held = tables.column(table, entity, tier.field)
        differs = sa.and_(scope.where(table.c.id), table.c.archived_at.is_(None), held.is_distinct_from(due))
        return cls(table, held, due, differs)

    def falling(self, tier: Tier) -> sa.Select[Any]:
        """Select the ids of the records that are due for a lower level."""
        return sa.select(self.table.c.id).where(self.differs, grace.falls(tier, self.held, self.due))

    def after_grace(self, tier: Tier) -> "Change":
        """Return the change without the records that keep their level for the time of grace."""
        if not tier.grace:
            return self
        over = grace.is_over(tier, self.table.c.id, clock.now())
        moves = sa.or_(sa.not_(grace.falls(tier, self.held, self.due)), over)
        return replace(self, differs=sa.and_(self.differs, moves))

    @property
    def rows(self) -> sa.Select[Any]:
        """Select the records that move."""
        return sa.select(self.table.c.id, self.held.label("before"), self.due.label("after")).where(self.differs)


def _few(tier: Tier) -> sa.Select[Any]:
    """Return, built once, the statement that looks whether a few records move at all."""
    return prepared(("tier", tier.key), lambda catalog, now: _differing(tier).limit(1))


def _differing(tier: Tier) -> sa.Select[Any]:
    """Select the few that move, or whose time of grace has begun and may have lost its reason."""
    change = Change.of(tier, FEW)
    if not tier.grace:
        return change.rows
    kept = sa.and_(FEW.where(change.table.c.id), grace.is_held(tier, change.table.c.id))
    return sa.select(change.table.c.id).where(sa.or_(change.differs, kept))


def level_of(tier: Tier, columns: tables.Columns, now: datetime) -> sa.ColumnElement[Any]:
    """Return the level a record is due by its columns, as SQL; NULL when no level fits."""
    whens = [(level.when.where(columns, now), sa.literal(key)) for key, level in tier.levels.items() if level.when]
    rest = next((sa.literal(key) for key, level in tier.levels.items() if level.otherwise), sa.null())
    return sa.case(*whens, else_=rest) if whens else rest


def _keep(tier: Tier, rows: sa.Select[Any], cause: str) -> None:
    found = rows.subquery()
    fixed = (tier.key, tier.on, clock.now(), schema.current().release, cause)
    kinds: tuple[Any, ...] = (String(), String(), UtcDateTime(), sa.Integer(), String())
    constants = [sa.literal(value, kind) for value, kind in zip(fixed, kinds, strict=True)]
    names = ["tier", "entity", "at", "release", "cause", "record_id", "before", "after"]
    source = sa.select(*constants, found.c.id, found.c.before, found.c.after)
    insert = sa.insert(TierMove).from_select(names, source, include_defaults=False)
    db.session.execute(insert)
