"""Which tags the rules have set, and where rule and mark disagree: one statement for a few records or for a range."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, UtcDateTime
from portal.fields import OPERATORS
from portal.records import tables
from portal.rules.scope import Scope
from portal.schema import Catalog


class TagMark(Model):
    """One tag on one record that a rule has set; a tag without a mark was set by a person.

    `failed_at` is when the rule ceased to hold while the tag still stays. `ended_at` is when the tag expired: the
    mark then keeps the rule from setting it again before it has failed once.
    """

    __tablename__ = "tag_mark"
    id: Mapped[int] = mapped_column(primary_key=True)
    group: Mapped[str] = mapped_column(String(60))
    entity: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    field: Mapped[str] = mapped_column(String(60))
    tag: Mapped[str] = mapped_column(String(60))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __table_args__ = (
        UniqueConstraint("entity", "record_id", "field", "tag"),
        Index("ix_tag_mark_rule", "group", "tag"),
    )


@dataclass(frozen=True)
class Rule:
    """One tag of a group that has a condition."""

    group: Any
    key: str
    noun: Any


def disagreements(rule: Rule, catalog: Catalog, scope: Scope, now: datetime) -> sa.Select[Any]:
    """Select (record id, mark id, tag, whether the rule holds, moments of the mark) where something is to be done."""
    table, entity = tables.table_of(rule.group.on), catalog.entities[rule.group.on]
    mark, held = sa.alias(TagMark.__table__), tables.column(table, entity, rule.group.field)
    same = sa.and_(
        mark.c.entity == rule.group.on,
        mark.c.record_id == table.c.id,
        mark.c.field == rule.group.field,
        mark.c.tag == rule.key,
    )
    holds = rule.noun.when.where(table, now)
    is_there = OPERATORS["has"].where(held, (rule.key,))
    over: sa.ColumnElement[bool] = mark.c.failed_at.is_(None)
    if rule.noun.stays:
        over = sa.or_(over, mark.c.failed_at <= now - rule.noun.stays)
    wants = sa.or_(
        sa.and_(holds, mark.c.id.is_(None), sa.not_(is_there)),
        sa.and_(sa.not_(holds), mark.c.id.is_not(None), over),
        sa.and_(holds, mark.c.failed_at.is_not(None)),
        sa.and_(mark.c.ended_at.is_(None), mark.c.expires_at <= now),
    )
    told = [table.c.id, mark.c.id.label("mark"), sa.literal(rule.key).label("tag"), holds.label("holds")]
    told += [sa.literal(rule.group.field).label("field"), mark.c.failed_at, mark.c.expires_at, mark.c.ended_at]
    rows = sa.select(*told).select_from(table.outerjoin(mark, same))
    return rows.where(scope.where(table.c.id), table.c.archived_at.is_(None), wants)
