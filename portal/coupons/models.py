"""What is kept of a coupon: its code, whose it is, what it is worth, and what became of it."""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.coupons import codes
from portal.extensions import Model, UtcDateTime
from portal.fields import Text

ISSUED, REDEEMED, WITHDRAWN = "issued", "redeemed", "withdrawn"
EXPIRED = "expired"  # an issued one whose time is over; never stored
MOMENT = timedelta(microseconds=1)


class Coupon(Model):
    """One code. `code` is without prefix and dashes; `worth` is kept as it was promised; `note` says by what order.

    `run_id` and `path` name the step of a workflow that issued it: a step gives no second one.
    """

    __tablename__ = "coupon"
    __table_args__ = (
        sa.Index("ix_coupon_record", "entity", "record_id"),
        sa.Index("ix_coupon_document", "document", "state", "ends_at"),
        sa.UniqueConstraint("run_id", "path", "document", name="uq_coupon_step"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(codes.LENGTH), unique=True)
    prefix: Mapped[str] = mapped_column(sa.String(8), default="")
    document: Mapped[str] = mapped_column(sa.String(60))
    entity: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int]
    worth: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(sa.String(12), default=ISSUED)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    by_id: Mapped[int | None]
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None]
    note: Mapped[str] = mapped_column(sa.String(120), default="")
    run_id: Mapped[int | None]
    path: Mapped[str | None] = mapped_column(sa.String(60))

    @property
    def written(self) -> str:
        """The code as people read it."""
        return codes.written(self.prefix, self.code)

    @property
    def promise(self) -> Text:
        """What it is worth, as it was promised."""
        return Text.model_validate(self.worth)

    @property
    def standing(self) -> str:
        """The state as of now: issued, redeemed, expired or withdrawn."""
        return EXPIRED if self.state == ISSUED and self.ends_at <= clock.now() else self.state

    @property
    def last_day(self) -> date:
        """The last day on which it can be redeemed, in the portal's zone."""
        return clock.to_zone(self.ends_at - MOMENT).date()
