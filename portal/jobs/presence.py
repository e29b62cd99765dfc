"""Which workers and schedulers live: each says so in the database, so it is known without Redis too."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime, db, transaction

FRESH = timedelta(seconds=45)
STALE = timedelta(days=1)


class Presence(Model):
    """A process of ours and when it last said that it lives."""

    __tablename__ = "presence"

    name: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


def beat(role: str, name: str) -> None:
    """Say that this process lives; a database that is away is no reason to stop."""
    try:
        with transaction():
            db.session.merge(Presence(name=name, role=role, seen_at=clock.now()))
    except sa.exc.SQLAlchemyError:
        db.session.rollback()


def leave(name: str) -> None:
    """Say that this process ends."""
    try:
        with transaction():
            too_old = clock.now() - STALE
            db.session.execute(sa.delete(Presence).where((Presence.name == name) | (Presence.seen_at < too_old)))
    except sa.exc.SQLAlchemyError:
        db.session.rollback()


def living(role: str) -> int:
    """How many processes of a role said lately that they live."""
    query = sa.select(sa.func.count()).where(Presence.role == role, Presence.seen_at > clock.now() - FRESH)
    return db.session.scalar(query) or 0
