"""The rows of the queue of record."""

from datetime import datetime
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.errors import NotFound
from portal.extensions import Model, UtcDateTime, db

QUEUED, RUNNING, DONE, FAILED, CANCELLED, DEAD = STATES = (
    "queued",
    "running",
    "done",
    "failed",
    "cancelled",
    "dead",
)
ENDED = (DONE, FAILED, CANCELLED, DEAD)
UNDER_WAY = (QUEUED, RUNNING)
WAITS = sa.text("state = 'queued'")


class Job(Model):
    """One piece of long work. `lease` names the run that holds it, so a run that lost it can write nothing more."""

    __tablename__ = "job"
    __table_args__ = (
        sa.Index("ix_job_state", "state", "id"),
        sa.Index("uq_job_waiting", "unique_key", unique=True, postgresql_where=WAITS, sqlite_where=WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(80), index=True)
    arguments: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    state: Mapped[str] = mapped_column(sa.String(12), default=QUEUED)
    unique_key: Mapped[str | None] = mapped_column(sa.String(200))
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(sa.String(32))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    result: Mapped[Any] = mapped_column(sa.JSON(none_as_null=True), nullable=True)
    error: Mapped[str] = mapped_column(sa.Text, default="")
    checkpoint: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    asked_by: Mapped[int | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @classmethod
    def asked(cls, job_id: int, kind: str, by: int) -> Self:
        """The job of this kind that this person asked for; NotFound when there is none."""
        job = db.session.get(cls, job_id)
        if job is None or job.kind != kind or job.asked_by != by:
            raise NotFound
        return job

    @classmethod
    def newest(cls, kind: str, *states: str) -> Self | None:
        """The job of this kind that was asked for last, in one of the states where some are named."""
        wanted = sa.select(cls).where(cls.kind == kind, *([cls.state.in_(states)] if states else []))
        return db.session.scalar(wanted.order_by(cls.id.desc()).limit(1))

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in ENDED

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1, where the total is known."""
        return min(1.0, self.done / self.total) if self.total else None
