"""The tables of mailings: campaigns, one delivery per recipient, touches, suppressed addresses."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime
from portal.fields import FIELD_TYPES


class CampaignState(StrEnum):
    """Where a campaign stands; only `sending` sends."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """Where one recipient stands; see docs/architecture.md, "Sending"."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"


OPEN_STATES = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.DEFERRED)
"""A campaign is finished when no delivery is in one of these."""


class Campaign(Model):
    """One mailing to a segment; texts are Markdown with merge fields."""

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(sa.String(120))
    goal: Mapped[str] = mapped_column(sa.String(500), default="")
    cost: Mapped[Decimal | None] = mapped_column(FIELD_TYPES["money"]().column_type())
    """Planned and spent money in yuan; feeds the return figures of the review."""
    segment: Mapped[str] = mapped_column(sa.String(80), default="")
    entity: Mapped[str] = mapped_column(sa.String(80), default="customer")
    """What its recipients are records of; settled when the list is frozen."""
    subject: Mapped[str] = mapped_column(sa.String(300), default="")
    body: Mapped[str] = mapped_column(sa.Text, default="")
    sender_name: Mapped[str] = mapped_column(sa.String(120), default="")
    reply_to: Mapped[str] = mapped_column(sa.String(254), default="")
    state: Mapped[str] = mapped_column(sa.String(16), default=CampaignState.DRAFT)
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    """Why it is paused, for people."""
    links: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    """Targets of the tracked links, by their number, frozen when sending begins."""
    audience_size: Mapped[int | None]
    per_minute: Mapped[int | None]
    scheduled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    office_id: Mapped[int | None] = mapped_column(sa.ForeignKey("office.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once


class Delivery(Model):
    """One recipient of one campaign: the row that makes "nobody twice, nobody lost" true."""

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "record_id"),
        sa.Index("ix_delivery_campaign_state", "campaign_id", "state", "id"),
        sa.Index("ix_delivery_record", "record_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id", ondelete="CASCADE"))
    record_id: Mapped[int]
    """The customer (or the record of the segment's entity) it goes to."""
    address: Mapped[str] = mapped_column(sa.String(320), default="")
    state: Mapped[str] = mapped_column(sa.String(12), default=DeliveryState.PENDING)
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    holder: Mapped[str] = mapped_column(sa.String(60), default="")
    """The attempt that holds the row while claimed or sending; fences a worker thought dead."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opens: Mapped[int] = mapped_column(default=0)
    clicks: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clicked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Touch(Model):
    """One open or click; those of bots are kept and not counted."""

    __tablename__ = "touch"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("delivery.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    link: Mapped[int | None]
    is_bot: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class Suppression(Model):
    """An address that gets no campaign mail, with the reason; kept in lower case."""

    __tablename__ = "suppression"

    address: Mapped[str] = mapped_column(sa.String(320), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


def deliveries_of(entity: str) -> sa.ColumnElement[bool]:
    """The deliveries to records of an entity."""
    return Delivery.campaign_id.in_(sa.select(Campaign.id).where(Campaign.entity == entity))
