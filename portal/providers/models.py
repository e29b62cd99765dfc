"""What came from outside: each value beside ours, and how far the asking got."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import BIG, Model, UtcDateTime
from portal.security import crypto

SAME, FILLED, DIFFERS, KEPT, UNREADABLE = "same", "filled", "differs", "kept", "unreadable"
PURPOSE = "provider"


class OutsideValue(Model):
    """One value of one record as a provider has it; `sealed` holds it, readable by this portal alone.

    `state` says how it stands to ours: same, filled (ours was empty), differs, kept (a person keeps ours until theirs
    changes), unreadable (no value of the field's type).
    """

    __tablename__ = "outside_value"
    __table_args__ = (
        sa.UniqueConstraint("provider", "record_id", "field"),
        sa.Index("ix_outside_value_state", "provider", "state", "id"),
        sa.Index("ix_outside_value_record", "entity", "record_id"),
    )
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    provider: Mapped[str] = mapped_column(sa.String(60))
    entity: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int] = mapped_column(BIG)
    field: Mapped[str] = mapped_column(sa.String(60))
    sealed: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(12))
    fetched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(sa.String(200), default="")

    @property
    def value(self) -> Any:
        """The value as JSON; raises crypto.Unreadable."""
        return json.loads(crypto.unseal(self.sealed, PURPOSE))

    def keep(self, value: Any) -> None:
        """Seal a value."""
        self.sealed = crypto.seal(json.dumps(value, ensure_ascii=False), PURPOSE)


class OutsideFetch(Model):
    """How far asking one provider about one record got; `answer` is what went wrong, or nothing."""

    __tablename__ = "outside_fetch"
    __table_args__ = (
        sa.UniqueConstraint("provider", "record_id"),
        sa.Index("ix_outside_fetch_due", "provider", "next_at"),
    )
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    provider: Mapped[str] = mapped_column(sa.String(60))
    entity: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int] = mapped_column(BIG)
    tries: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(sa.String(200), default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
