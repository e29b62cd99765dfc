"""What is kept of duplicates: meeting places of records, pairs that wait for a decision, merges with their way back."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, UtcDateTime

OPEN, MERGED, DISTINCT = "open", "merged", "distinct"


class DuplicateKey(Model):
    """One meeting place of one record; the hash is keyed, so that no phone number can be read from it."""

    __tablename__ = "duplicate_key"
    __table_args__ = (sa.Index("ix_duplicate_key_record", "entity", "record_id"),)
    entity: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    hash: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class DuplicatePair(Model):
    """Two records that may be one, the smaller id first; `reasons` are comparisons of the rule with their per cent."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        sa.UniqueConstraint("entity", "first_id", "second_id"),
        sa.Index("ix_duplicate_pair_second", "entity", "second_id"),
        sa.Index("ix_duplicate_pair_queue", "entity", "state", "points", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(sa.String(60))
    first_id: Mapped[int]
    second_id: Mapped[int]
    points: Mapped[int]
    is_sure: Mapped[bool]
    reasons: Mapped[list[list[int]]] = mapped_column(sa.JSON)
    state: Mapped[str] = mapped_column(sa.String(10), default=OPEN)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None]
    decided_by_name: Mapped[str | None] = mapped_column(sa.String(200))


class Merge(Model):
    """One record taken into another. `data` holds what changed, before and after, so that it can be undone."""

    __tablename__ = "merge"
    __table_args__ = (
        sa.Index("ix_merge_loser", "entity", "loser_id"),
        sa.Index("ix_merge_survivor", "entity", "survivor_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(sa.String(60))
    survivor_id: Mapped[int]
    loser_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None]
    by_name: Mapped[str] = mapped_column(sa.String(200))
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_name: Mapped[str | None] = mapped_column(sa.String(200))
    left: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)  # what undo found changed since


class DuplicateReach(Model):
    """How far the search for pairs got: by which rule, and up to which change."""

    __tablename__ = "duplicate_reach"
    entity: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
