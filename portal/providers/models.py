"""What came from outside: each value beside ours, and how far the asking got."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime
from portal.vault import SealedJson

SAME, FILLED, DIFFERS, KEPT, UNREADABLE = "same", "filled", "differs", "kept", "unreadable"


class OutsideValue(Model):
    """One value of one record as a provider has it; `value` is JSON, as the field's type dumps it.

    `state` says how it stands to ours: same, filled (ours was empty), differs, kept (a person keeps ours until theirs
    changes), unreadable (no value of the field's type).
    """

    __tablename__ = "outside_value"
    __table_args__ = (
        sa.UniqueConstraint("provider", "record_id", "field"),
        sa.Index("ix_outside_value_state", "provider", "state", "id"),
        sa.Index("ix_outside_value_record", "entity", "record_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(sa.String(60))
    entity: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int]
    field: Mapped[str] = mapped_column(sa.String(60))
    value: Mapped[Any] = mapped_column(SealedJson("provider"), nullable=True)
    state: Mapped[str] = mapped_column(sa.String(12))
    fetched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(sa.String(200), default="")


class OutsideFetch(Model):
    """How far asking one provider about one record got; `answer` is what went wrong, or nothing."""

    __tablename__ = "outside_fetch"
    __table_args__ = (
        sa.UniqueConstraint("provider", "record_id"),
        sa.Index("ix_outside_fetch_due", "provider", "next_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(sa.String(60))
    entity: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int]
    tries: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(sa.String(200), default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
