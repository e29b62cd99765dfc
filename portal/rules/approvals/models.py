"""Approvals and the seats of those who decide."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal import clock
from portal.extensions import Model, UtcDateTime
from portal.vault import SealedJson

WAITS = "#approval"  # what a waiting run waits for


class Approval(Model):
    """One request; `state` is open, approved or rejected.

    That of a workflow's run counts only as long as the run waits for it: a run that was cancelled has withdrawn it.
    Without a run it is about a matter of its own (`matter` names its kind, `facts` is what people read, in both
    languages, and `asked` what is done once it is approved; both may hold values of encrypted fields).
    """

    __tablename__ = "approval"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("workflow_run.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(60), default="")
    entity: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int | None]
    matter: Mapped[str] = mapped_column(String(20), default="")
    facts: Mapped[list[Any]] = mapped_column(SealedJson("approval"), default=list)
    asked: Mapped[dict[str, Any]] = mapped_column(SealedJson("approval"), default=dict)
    title: Mapped[dict[str, Any]] = mapped_column(JSON)  # in both languages
    asked_by_id: Mapped[int | None]
    level: Mapped[int] = mapped_column(default=0)
    levels: Mapped[int]
    is_late: Mapped[bool] = mapped_column(default=False)  # this level was escalated
    state: Mapped[str] = mapped_column(String(10), default="open")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seats: Mapped[list["ApprovalSeat"]] = relationship(
        back_populates="approval", order_by="ApprovalSeat.id", cascade="all, delete-orphan"
    )
    __table_args__ = (
        Index("ix_approval_record", "entity", "record_id", "asked_at"),
        Index("ix_approval_run", "run_id", "path"),
        Index("ix_approval_asked", "asked_by_id", "id"),
    )


class ApprovalSeat(Model):
    """One person who may decide at one level; `decision` stays empty until somebody has.

    Besides approved and rejected: delegated (somebody else sits there now), lapsed (others were first) and late
    (nobody decided in time; then the seat has no person of its own).
    """

    __tablename__ = "approval_seat"
    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id", ondelete="CASCADE"), index=True)
    level: Mapped[int]
    person_id: Mapped[int | None]
    from_id: Mapped[int | None]  # who handed it on
    decision: Mapped[str] = mapped_column(String(10), default="")
    comment: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approval: Mapped[Approval] = relationship(back_populates="seats")
    __table_args__ = (Index("ix_approval_seat_person", "person_id", "decision", "id"),)
