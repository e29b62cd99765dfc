"""The tables of the desk: what was said in a ticket, and what somebody is about to say."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime


class MessageKind(StrEnum):
    """Who said it, and who may read it."""

    INCOMING = "incoming"
    REPLY = "reply"
    NOTE = "note"


class MailState(StrEnum):
    """How far a reply's mail got; empty for what is not mailed."""

    NONE = ""
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class TicketMessage(Model):
    """One message of a ticket; never changed but for the state of its mail."""

    __tablename__ = "ticket_message"
    __table_args__ = (sa.Index("ix_ticket_message_ticket", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(10))
    body: Mapped[str] = mapped_column(sa.Text)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    author_name: Mapped[str] = mapped_column(sa.String(200), default="")
    address: Mapped[str] = mapped_column(sa.String(320), default="")
    """Whom a reply is mailed to, or who wrote an incoming message."""
    message_id: Mapped[str | None] = mapped_column(sa.String(250), unique=True)
    """The mail's Message-ID without brackets: one message per mail, however often it comes in."""
    mail_state: Mapped[str] = mapped_column(sa.String(10), default=MailState.NONE)
    mail_error: Mapped[str] = mapped_column(sa.String(300), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class ReplyDraft(Model):
    """What a person has typed in a ticket and not sent; outlives the browser."""

    __tablename__ = "reply_draft"

    ticket_id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    body: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
