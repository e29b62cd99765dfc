"""What is known of a file; its bytes lie under their checksum in the instance folder."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import BIG, Model, UtcDateTime


class StoredFile(Model):
    """One upload. Until it is saved in a field of a record only who brought it may open it, then who sees the field."""

    __tablename__ = "stored_file"
    __table_args__ = (sa.Index("ix_stored_file_subject", "entity", "record_id"),)
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    size: Mapped[int] = mapped_column(BIG)
    content_type: Mapped[str] = mapped_column(sa.String(120))
    created_by_id: Mapped[int | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    entity: Mapped[str | None] = mapped_column(sa.String(60))
    record_id: Mapped[int | None] = mapped_column(BIG)
    field: Mapped[str | None] = mapped_column(sa.String(80))

    def __str__(self) -> str:
        return self.name
