"""What is kept of a confirmation: whom was asked, by whom, until when, and what came back."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime
from portal.vault import SealedJson

QUEUED, SENDING, SENT, FAILED, UNCERTAIN = "queued", "sending", "sent", "failed", "uncertain"
CONFIRMED, PROPOSED, DECIDED, REPLACED = "confirmed", "proposed", "decided", "replaced"
OPEN = (QUEUED, SENDING, SENT, UNCERTAIN)  # the link still works


class Confirmation(Model):
    """One link to one record. `proposal` is {field: value as JSON}, kept until the owner has decided."""

    __tablename__ = "confirmation"
    __table_args__ = (
        sa.Index("ix_confirmation_record", "entity", "record_id"),
        sa.Index("ix_confirmation_state", "state", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[str] = mapped_column(sa.String(60))
    entity: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int]
    address: Mapped[str] = mapped_column(sa.String(254))
    nonce: Mapped[str] = mapped_column(sa.String(32))
    state: Mapped[str] = mapped_column(sa.String(12), default=QUEUED)
    by_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proposal: Mapped[dict[str, Any] | None] = mapped_column(SealedJson("confirmation"))
    taken: Mapped[list[str]] = mapped_column(sa.JSON, default=list)  # the fields whose values the owner took
