"""Signed-in sessions as rows: each can be seen and ended, and ends by itself when idle or old."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from flask import current_app
from sqlalchemy import ColumnElement, ForeignKey, Select, String, bindparam, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal import clock, sqlite
from portal.extensions import Model, UtcDateTime, db, transaction
from portal.outages import Outage, outage
from portal.security.models import Person

# Writing "seen just now" at every request would make every read a write.
TOUCH_AFTER = timedelta(minutes=1)


class SignIn(Model):
    """One signed-in browser. The browser holds the token, the row only its hash."""

    __tablename__ = "sign_in"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    person: Mapped[Person] = relationship(lazy="joined")

    @property
    def is_open(self) -> bool:
        """Neither ended, nor idle too long, nor older than any session may be."""
        seen_since, begun_since = _limits()
        return self.ended_at is None and self.seen_at > seen_since and self.created_at > begun_since


def _limits() -> tuple[datetime, datetime]:
    settings, now = current_app.config["PORTAL"], clock.now()
    return now - timedelta(minutes=settings.session_idle_minutes), now - timedelta(hours=settings.session_hours)


def open_session(person: Person, *, address: str = "", agent: str = "") -> str:
    """Begin a session and hand out its token; the oldest end when a person has too many."""
    token = secrets.token_urlsafe(32)
    db.session.add(SignIn(person_id=person.id, token_hash=_hash(token), address=address[:64], agent=agent[:200]))
    db.session.flush()
    for surplus in open_sessions(person)[current_app.config["PORTAL"].sessions_per_person :]:
        surplus.ended_at = clock.now()
    return token


def open_sessions(person: Person) -> list[SignIn]:
    """The sessions of a person that still hold, newest first."""
    seen_since, begun_since = _limits()
    statement = (
        select(SignIn)
        .where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))
        .where(SignIn.seen_at > seen_since, SignIn.created_at > begun_since)
        .order_by(SignIn.created_at.desc(), SignIn.id.desc())
    )
    return list(db.session.scalars(statement))


def find_session(token: str) -> SignIn | None:
    """The session of a token, when it still holds and its person is not disabled."""
    found = db.session.scalars(_by_token(), {"token": _hash(token)}).unique().one_or_none()
    if found is None or not found.is_open or not found.person.active:
        return None
    if clock.now() - found.seen_at > TOUCH_AFTER:
        _touch(found)
    return found


@cache
def _by_token() -> Select[SignIn]:
    """The sign-in of a token with its person and their roles: one statement, for every request begins with it."""
    everything = joinedload(SignIn.person).joinedload(Person.roles)
    return select(SignIn).options(everything).where(SignIn.token_hash == bindparam("token"))


def _touch(found: SignIn) -> None:
    """Note that it was used just now; a database that takes no writes at the moment must keep nobody from reading."""
    if not sqlite.begins_writing_at_once(db.session()):
        return
    try:
        with transaction():
            found.seen_at = found.person.last_seen_at = clock.now()
    except DBAPIError as problem:
        if outage(problem) is not Outage.FULL:
            raise


def end_session(session: SignIn) -> None:
    """End one session."""
    session.ended_at = clock.now()


def end_sessions(person: Person, *, keep: str | None = None) -> None:
    """End every session of a person, but for the one whose token is to be kept."""
    statement = update(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))
    if keep is not None:
        statement = statement.where(SignIn.token_hash != _hash(keep))
    db.session.execute(statement.values(ended_at=clock.now()))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def over(since: datetime) -> ColumnElement[bool]:
    """Sign-ins that ended, or could last be used, before a moment."""
    return (SignIn.ended_at < since) | (SignIn.seen_at < since)
