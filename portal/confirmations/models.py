"""What is kept of a confirmation: whom was asked, by whom, until when, and what came back."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import BIG, Model, UtcDateTime
from portal.security import crypto

QUEUED, SENDING, SENT, FAILED, UNCERTAIN = "queued", "sending", "sent", "failed", "uncertain"
CONFIRMED, PROPOSED, DECIDED, REPLACED = "confirmed", "proposed", "decided", "replaced"
OPEN = (QUEUED, SENDING, SENT, UNCERTAIN)  # the link still works
PURPOSE = "confirmation"


class Confirmation(Model):
    """One link to one record. `sealed` is what the customer proposed: {field: value}, readable by this portal alone."""

    __tablename__ = "confirmation"
    __table_args__ = (
        sa.Index("ix_confirmation_record", "entity", "record_id"),
        sa.Index("ix_confirmation_state", "state", "id"),
    )
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    document: Mapped[str] = mapped_column(sa.String(60))
    entity: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int] = mapped_column(BIG)
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
    sealed: Mapped[str] = mapped_column(sa.Text, default="")
    taken: Mapped[list[str]] = mapped_column(sa.JSON, default=list)  # the fields whose values the owner took

    @property
    def proposal(self) -> dict[str, Any]:
        """The proposed values as JSON; raises crypto.Unreadable."""
        return dict(json.loads(crypto.unseal(self.sealed, PURPOSE))) if self.sealed else {}

    def propose(self, values: dict[str, Any]) -> None:
        """Keep what the customer proposes."""
        self.sealed = crypto.seal(json.dumps(values, ensure_ascii=False), PURPOSE)
