"""The outbox: event rows, and which listener has had which event."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, UtcDateTime


class Event(Model):
    """One thing that happened; `delivered_at` is set when every later listener has had it."""

    __tablename__ = "event"
    __table_args__ = (
        sa.Index(
            "ix_event_undelivered",
            "id",
            postgresql_where=sa.text("delivered_at IS NULL"),
            sqlite_where=sa.text("delivered_at IS NULL"),
        ),
        sa.Index("ix_event_subject", "entity", "record_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(80))
    entity: Mapped[str | None] = mapped_column(sa.String(80))
    record_id: Mapped[int | None]
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    by_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    release: Mapped[int | None]
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EventReceipt(Model):
    """A listener's account with an event: done, or how often it failed and why."""

    __tablename__ = "event_receipt"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    listener: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(sa.Text)


def passed_on(since: datetime) -> sa.ColumnElement[bool]:
    """Events from before a moment that every listener has had."""
    return sa.and_(Event.delivered_at.is_not(None), Event.at < since)
