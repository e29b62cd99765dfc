"""Wrong passwords are counted per name and per address; too many lock for a while.

Unknown names are counted like known ones, so a lock tells nothing about who exists.
"""

import hashlib
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import String, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime, db

# One address may be the proxy of a whole office.
ADDRESS_FACTOR = 20


class SignInAttempt(Model):
    """How often sign-in failed of late for one name or from one address (both as hashes)."""

    __tablename__ = "sign_in_attempt"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


def is_locked(username: str, address: str) -> bool:
    """Whether this name or this address must wait."""
    rows = db.session.query(SignInAttempt).filter(SignInAttempt.key.in_(_keys(username, address)))
    return any(row.locked_until is not None and row.locked_until > clock.now() for row in rows)


def minutes() -> int:
    """How long a lock lasts."""
    return int(current_app.config["PORTAL"].lock_minutes)


def count_failure(username: str, address: str) -> None:
    """Remember one wrong password; the last one allowed starts the lock."""
    settings = current_app.config["PORTAL"]
    _forget_old(settings.lock_minutes)
    for key, limit in zip(
        _keys(username, address), (settings.lock_after, settings.lock_after * ADDRESS_FACTOR), strict=False
    ):
        row = _held(key)
        row.failures += 1
        if row.failures >= limit:
            row.failures, row.locked_until = 0, clock.now() + timedelta(minutes=settings.lock_minutes)
    db.session.flush()


def _held(key: str) -> SignInAttempt:
    """The row of a key, locked until the transaction ends; of two who make it at once the second finds the first's."""
    row = db.session.get(SignInAttempt, key, with_for_update=True, populate_existing=True)
    if row is not None:
        return row
    try:
        with db.session.begin_nested():
            db.session.add(row := SignInAttempt(key=key, failures=0, first_at=clock.now()))
        return row
    except IntegrityError:
        return db.session.get_one(SignInAttempt, key, with_for_update=True, populate_existing=True)


def forget(username: str) -> None:
    """Clear the count of a name, after it signed in or an administrator reset its password."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.key == _keys(username, "")[0]))


def _keys(username: str, address: str) -> list[str]:
    parts = [f"name:{username}"] + ([f"address:{address}"] if address else [])
    return [hashlib.sha256(part.encode()).hexdigest() for part in parts]


def _forget_old(minutes: int) -> None:
    since = clock.now() - timedelta(minutes=minutes)
    over = SignInAttempt.locked_until.is_(None) | (SignInAttempt.locked_until < clock.now())
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.first_at < since, over))
