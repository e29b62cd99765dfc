"""Runs of workflows and the steps they took: what was done, when, with what result, and why one stands still."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal import clock
from portal.extensions import Model, UtcDateTime

OPEN_STATES = ("running", "waiting", "stuck")


class WorkflowRun(Model):
    """One workflow at work on one record; it finishes on the release it began with.

    `at` is the path of the step to take next, `due_at` the moment from which it may be taken.
    `open_key` holds workflow, entity and record while the run is open, and NULL afterwards: the database
    itself refuses a second open run of one workflow on one record.
    """

    __tablename__ = "workflow_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    workflow: Mapped[str] = mapped_column(String(60))
    entity: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    release: Mapped[int]
    cause: Mapped[str] = mapped_column(String(20))  # clock, event or person
    by_id: Mapped[int | None]  # whose change set it off; nobody's by the clock
    depth: Mapped[int] = mapped_column(default=0)  # how many runs led to this one
    state: Mapped[str] = mapped_column(String(10), default="running")  # + waiting, stuck, done, cancelled
    at: Mapped[str | None] = mapped_column(String(60))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waits_entity: Mapped[str | None] = mapped_column(String(60))
    waits_id: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(40))
    reason_data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    open_key: Mapped[str | None] = mapped_column(String(160), unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    steps: Mapped[list["WorkflowStep"]] = relationship(
        back_populates="run", order_by="WorkflowStep.id", cascade="all, delete-orphan"
    )
    __table_args__ = (
        Index("ix_workflow_run_due", "state", "due_at"),
        Index("ix_workflow_run_record", "entity", "record_id", "workflow", "started_at"),
        Index("ix_workflow_run_waits", "waits_entity", "waits_id"),
        Index("ix_workflow_run_workflow", "workflow", "state", "id"),
    )

    @property
    def is_open(self) -> bool:
        """Tell whether the run has still something to do."""
        return self.state in OPEN_STATES


class WorkflowStep(Model):
    """One step of one run; the pair of run and path is unique, so a step never happens twice."""

    __tablename__ = "workflow_step"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("workflow_run.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default="done")  # waiting, done or failed
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    attempts: Mapped[int] = mapped_column(default=1)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    run: Mapped[WorkflowRun] = relationship(back_populates="steps")
    __table_args__ = (UniqueConstraint("run_id", "path"),)


def open_key(workflow: str, entity: str, record_id: int) -> str:
    """Return the key that only one open run may hold."""
    return f"{workflow}:{entity}:{record_id}"
