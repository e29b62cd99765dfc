"""What is kept of a letter: whom it went to, about which record, and how far it got."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime

QUEUED, SENDING, SENT, FAILED, UNCERTAIN, REPLACED = "queued", "sending", "sent", "failed", "uncertain", "replaced"
OPEN = (QUEUED, SENDING, SENT, UNCERTAIN)  # the link still works


class Letter(Model):
    """One link to one record, by a document of the configuration; what comes back is a feature's own."""

    __abstract__ = True
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
