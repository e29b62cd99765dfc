"""What is kept of a confirmation: whom was asked, by whom, until when, and what came back."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import UtcDateTime
from portal.letters import Letter
from portal.vault import SealedJson

CONFIRMED, PROPOSED, DECIDED = "confirmed", "proposed", "decided"


class Confirmation(Letter):
    """One link to one record. `proposal` is {field: value as JSON}, kept until the owner has decided."""

    __tablename__ = "confirmation"
    __table_args__ = (
        sa.Index("ix_confirmation_record", "entity", "record_id"),
        sa.Index("ix_confirmation_state", "state", "id"),
    )
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proposal: Mapped[dict[str, Any] | None] = mapped_column(SealedJson("confirmation"))
    taken: Mapped[list[str]] = mapped_column(sa.JSON, default=list)  # the fields whose values the owner took
