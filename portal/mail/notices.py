"""Notices: the bell in the header."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime, db


class Notice(Model):
    """One line for one person; `link` is a path within the portal."""

    __tablename__ = "notice"
    __table_args__ = (sa.Index("ix_notice_unread", "person_id", "read_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text)
    link: Mapped[str] = mapped_column(sa.String(500), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def notify(person_id: int, text: object, link: str = "") -> Notice:
    """Add a notice for a person to the present transaction."""
    notice = Notice(person_id=person_id, text=str(text), link=link, at=clock.now())
    db.session.add(notice)
    return notice


def read(since: datetime) -> sa.ColumnElement[bool]:
    """Notices that were read before a moment."""
    return Notice.read_at < since
