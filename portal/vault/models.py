"""The rows of the vault: data keys, the columns with sealed values, and values of the past."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime

CURRENT, OLD, RETIRED = "current", "old", "retired"
SEALING, SEALED, OPENING = "sealing", "sealed", "opening"


class DataKey(Model):
    """A key under which values are sealed, itself sealed under the portal's own; a retired one holds nothing more.

    `is_current` is True of one and NULL of all others, so that the database lets only one be current.
    """

    __tablename__ = "data_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    cipher: Mapped[str] = mapped_column(sa.String(20))
    wrapped: Mapped[str] = mapped_column(sa.Text)
    is_current: Mapped[bool | None] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    made_by: Mapped[str] = mapped_column(sa.String(200), default="")
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def state(self) -> str:
        """Tell whether it seals new values, only opens those that are there, or is gone."""
        return CURRENT if self.is_current else OLD if self.retired_at is None else RETIRED


class SealedColumn(Model):
    """A column of records with sealed values: `sealing` and `opening` while plain ones may stand among them."""

    __tablename__ = "sealed_column"
    place: Mapped[str] = mapped_column(sa.String(130), primary_key=True)  # table.column
    state: Mapped[str] = mapped_column(sa.String(10))


class PastValue(Model):
    """A value that something speaks of by its key: the audit log, a merge, a message to another system.

    Lines of the audit log never change, so they hold the key alone, and the value can still be sealed anew.
    """

    __tablename__ = "past_value"
    __table_args__ = (
        sa.Index("ix_past_value_record", "place", "record_id"),
        sa.Index("ix_past_value_sealer", "sealer"),
    )
    key: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    place: Mapped[str] = mapped_column(sa.String(130))
    record_id: Mapped[int]
    sealer: Mapped[int]  # the data key's id
    sealed: Mapped[str] = mapped_column(sa.Text)
