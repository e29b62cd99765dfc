"""What is known of a file; its bytes lie under their checksum in the store that the row names."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime
from portal.records.content_type import kind

UNSEEN, WAITING, CLEAN, INFECTED = "", "waiting", "clean", "infected"


class StoredFile(Model):
    """One upload. Until it hangs on a record only who brought it may open it, then who sees the record and its field.

    `field` is empty where it hangs on the record itself. `state` says what the scanner found: nobody looked, waiting
    for it, clean, or infected (then `finding` names the virus). `thumbnail` is the checksum of a picture of it, which
    lies in the same store.
    """

    __tablename__ = "stored_file"
    __table_args__ = (sa.Index("ix_stored_file_subject", "entity", "record_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    size: Mapped[int]
    content_type: Mapped[str] = mapped_column(sa.String(120))
    created_by_id: Mapped[int | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    entity: Mapped[str | None] = mapped_column(sa.String(60))
    record_id: Mapped[int | None]
    field: Mapped[str | None] = mapped_column(sa.String(80))
    store: Mapped[str] = mapped_column(sa.String(10), default="folder")
    state: Mapped[str] = mapped_column(sa.String(10), default=UNSEEN)
    finding: Mapped[str] = mapped_column(sa.String(200), default="")
    thumbnail: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    removed_by_id: Mapped[int | None]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> str:
        """The kind of file: image, pdf, text, office, archive or other."""
        return kind(self.content_type)

    @property
    def is_shut(self) -> bool:
        """Whether nobody may open it: it waits for the scanner, or a virus was found."""
        return self.state in (WAITING, INFECTED)
