"""People: add, change, disable, give roles, set passwords, sign in."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from portal import audit, clock, schema
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.security import attempts, passwords
from portal.security.actors import Actor
from portal.security.models import Person, PersonRole
from portal.security.sessions import end_sessions, find_session, open_session, open_sessions

__all__ = [
    "add",
    "change",
    "change_password",
    "disable",
    "enable",
    "end_sessions",
    "find",
    "find_session",
    "open_session",
    "open_sessions",
    "reset_password",
    "sign_in",
]

ONE_TIME_FOR = timedelta(hours=72)


def normal(username: str) -> str:
    """The one spelling of a user name: NFKC, case folded, no blanks around it."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def find(username: str) -> Person | None:
    """The person of that user name, however it is written."""
    return db.session.scalar(select(Person).where(Person.username == normal(username)))


def sign_in(username: str, password: str, *, address: str = "", agent: str = "") -> str | None:
    """The token of a new session, or None when name or password is wrong; raises Conflict while locked.

    Known and unknown names take the same path and the same time.
    """
    name = normal(username)[:60]
    if attempts.is_locked(name, address):
        raise Conflict(_("Too many wrong attempts. Try again in a quarter of an hour."))
    person = find(name)
    fits = passwords.matches(person.password_hash if person else None, password)
    if person is None or not fits or not person.active or _has_expired(person):
        attempts.count_failure(name, address)
        audit.record("person.sign_in_refused", by=person or Nobody(name), entity="person", record_id=person and person.id)
        return None
    attempts.forget(name)
    if passwords.is_outdated(person.password_hash):
        person.password_hash = passwords.hashed(password)
    audit.record("person.signed_in", by=person, entity="person", record_id=person.id)
    return open_session(person, address=address, agent=agent)
