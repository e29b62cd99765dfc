"""Which tags the rules have set, and where rule and mark disagree: one statement for a few records or for a range."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, UtcDateTime, db
from portal.fields import OPERATORS
from portal.records import tables
from portal.rules.scope import FEW, Scope
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


@dataclass(frozen=True)
class Disagreement:
    """A record, a tag, its mark with its moments, and whether the rule holds, where something is to be done."""

    id: int
    mark: int | None
    tag: str
    holds: bool
    field: str
    failed_at: datetime | None = None
    expires_at: datetime | None = None
    ended_at: datetime | None = None


MARKS = sa.select(
    *(TagMark.__table__.c[name] for name in ("record_id", "field", "tag", "id", "failed_at", "expires_at", "ended_at"))
).where(TagMark.entity == sa.bindparam("entity"), FEW.where(TagMark.__table__.c.record_id))


def marks_of(entity_key: str, ids: Collection[int]) -> dict[tuple[int, str, str], Any]:
    """Return the marks of a few records by record, field and tag."""
    found = db.session.execute(MARKS, {"entity": entity_key, "ids": ids})
    return {(row.record_id, row.field, row.tag): row for row in found}


def disagreement(rule: Rule, values: Mapping[str, Any], mark: Any, now: datetime) -> Disagreement | None:
    """Return what is to be done about one tag of a record, or None: what `disagreements` says in SQL."""
    holds, field = rule.noun.when.matches(values, now), rule.group.field
    if mark is None:
        is_wanted = holds and rule.key not in (values[field] or ())
        return Disagreement(values["id"], None, rule.key, holds, field) if is_wanted else None
    stayed = rule.noun.stays and mark.failed_at is not None and mark.failed_at <= now - rule.noun.stays
    wants = mark.failed_at is not None if holds else mark.failed_at is None or stayed
    if wants or (mark.ended_at is None and mark.expires_at is not None and mark.expires_at <= now):
        moments = (mark.failed_at, mark.expires_at, mark.ended_at)
        return Disagreement(values["id"], mark.id, rule.key, holds, field, *moments)
    return None


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
