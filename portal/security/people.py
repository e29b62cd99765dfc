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
from portal.security.actors import SYSTEM, Actor
from portal.security.models import Person, PersonRole, Team
from portal.security.offices import save_office, save_team
from portal.security.sessions import end_session, end_sessions, find_session, open_session, open_sessions

__all__ = [
    "add",
    "change",
    "change_password",
    "disable",
    "enable",
    "end_session",
    "end_sessions",
    "find",
    "find_session",
    "names",
    "open_session",
    "open_sessions",
    "reset_password",
    "save_office",
    "save_team",
    "sign_in",
    "sign_out",
]

PLAIN = ("name", "email", "locale", "theme", "office_id", "team_id", "skills")
ONE_TIME_FOR = timedelta(hours=72)


def normal(username: str) -> str:
    """The one spelling of a user name: NFKC, case folded, no blanks around it, nothing PostgreSQL cannot hold."""
    return unicodedata.normalize("NFKC", username.replace("\0", "")).strip().casefold()


def find(username: str) -> Person | None:
    """The person of that user name, however it is written."""
    return db.session.scalar(select(Person).where(Person.username == normal(username)))


def names(ids: Iterable[int | None] | None = None) -> dict[int, str]:
    """What these people are called, or all people, by their ids."""
    rows = select(Person.id, Person.name)
    if ids is not None:
        rows = rows.where(Person.id.in_(sorted({id_ for id_ in ids if id_ is not None})))
    return {row.id: row.name for row in db.session.execute(rows)}


def sign_in(username: str, password: str, *, address: str = "", agent: str = "") -> str | None:
    """The token of a new session, or None when name or password is wrong; raises Conflict while locked.

    Known and unknown names take the same path and the same time.
    """
    name = normal(username)[:60]
    if attempts.is_locked(name, address):
        raise Conflict(_("Too many wrong attempts. Try again in %(minutes)d minutes.", minutes=attempts.minutes()))
    person = find(name)
    fits = passwords.matches(person.password_hash if person else None, password)
    if person is None or not fits or not person.active or _has_expired(person):
        attempts.count_failure(name, address)
        # The typed name is not kept: people type passwords into it.
        audit.record("person.sign_in_refused", by=SYSTEM, entity="person", record_id=person.id if person else None)
        return None
    attempts.forget(name)
    if passwords.is_outdated(person.password_hash):
        person.password_hash = passwords.hashed(password)
    audit.record("person.signed_in", by=person, entity="person", record_id=person.id)
    return open_session(person, address=address, agent=agent)


def sign_out(token: str) -> None:
    """End the session of a token, if there is one."""
    if session := find_session(token):
        end_session(session)
        audit.record("person.signed_out", by=session.person, entity="person", record_id=session.person_id)


def _has_expired(person: Person) -> bool:
    return person.one_time_until is not None and person.one_time_until < clock.now()


def add(values: Mapping[str, object], *, by: Actor, password: str | None = None) -> Person:
    """A new person with a user name and a name; without a password nobody can sign in until one is set.

    Raises Invalid when the user name is taken or malformed, a role is unknown or the password weak.
    """
    username = normal(str(values.get("username") or ""))
    if not username.replace(".", "").replace("-", "").replace("_", "").isalnum() or len(username) > 60:
        raise Invalid({"username": _("Use letters, digits, dot, dash and underscore only.")})
    if find(username) is not None:
        raise Invalid({"username": _("This user name is taken.")})
    if password is not None:
        passwords.check_strength(password, username)
    checked = _check(None, values)
    secret = password or passwords.random_password()
    person = Person(username=username, password_hash=passwords.hashed(secret), locale="zh", theme="auto")
    _write(person, checked)
    db.session.add(person)
    db.session.flush()
    audit.record("person.added", by=by, entity="person", record_id=person.id, data={"roles": list(person.role_keys)})
    return person


def change(person: Person, values: Mapping[str, object], *, by: Actor) -> None:
    """Change name, address, language, theme, office, team or roles; the audit log keeps what was before."""
    before, checked = _facts(person), _check(person, values)
    _write(person, checked)
    db.session.flush()
    changes = {key: [before[key], after] for key, after in _facts(person).items() if after != before[key]}
    if changes:
        audit.record("person.changed", by=by, entity="person", record_id=person.id, data={"changes": changes})


def _check(person: Person | None, values: Mapping[str, object]) -> dict[str, object]:
    """What is to be written, with the office the team decides; raises Invalid before anything was touched."""
    checked = {key: values[key] for key in PLAIN if key in values}
    if not checked.get("name", person and person.name):
        raise Invalid({"name": _("Give a name.")})
    if checked.get("team_id") is not None:
        team = db.session.get(Team, checked["team_id"])
        if team is None:
            raise Invalid({"team_id": _("Choose a team.")})
        checked["office_id"] = team.office_id
    if "roles" in values:
        checked["roles"] = _role_keys(values["roles"])
    return checked


def _role_keys(keys: object) -> list[str]:
    wanted = sorted({str(key) for key in keys}) if isinstance(keys, Iterable) else []
    unknown = [key for key in wanted if key not in schema.current().roles]
    if unknown:
        raise Invalid({"roles": _("There is no role “%(role)s”.", role=unknown[0])})
    return wanted


def _write(person: Person, checked: dict[str, object]) -> None:
    for key, value in checked.items():
        if key != "roles":
            setattr(person, key, value)
        elif isinstance(value, list):
            held = {role.role_key: role for role in person.roles}
            person.roles[:] = [held.get(role_key) or PersonRole(role_key=role_key) for role_key in value]


def _facts(person: Person) -> dict[str, object]:
    facts: dict[str, object] = {key: getattr(person, key) for key in PLAIN}
    return facts | {"roles": list(person.role_keys)}


def disable(person: Person, *, by: Actor) -> None:
    """Shut a person out from the next request on; raises Conflict for oneself."""
    if person.id == by.id:
        raise Conflict(_("You cannot disable yourself."))
    person.active = False
    end_sessions(person)
    audit.record("person.disabled", by=by, entity="person", record_id=person.id)


def enable(person: Person, *, by: Actor) -> None:
    """Let a disabled person sign in again."""
    person.active = True
    audit.record("person.enabled", by=by, entity="person", record_id=person.id)


def reset_password(person: Person, *, by: Actor) -> str:
    """A random password that holds three days and must be changed at once; ends all sessions and the lock."""
    password = passwords.random_password()
    person.password_hash, person.one_time_until = passwords.hashed(password), clock.now() + ONE_TIME_FOR
    end_sessions(person)
    attempts.forget(person.username)
    audit.record("person.password_reset", by=by, entity="person", record_id=person.id)
    return password


def change_password(person: Person, present: str, wanted: str, *, keep: str | None = None) -> None:
    """Set a password of one's own; ends every other session; raises Invalid naming the field."""
    if not passwords.matches(person.password_hash, present):
        raise Invalid({"present": _("This is not your present password.")})
    passwords.check_strength(wanted, person.username)
    person.password_hash, person.one_time_until = passwords.hashed(wanted), None
    end_sessions(person, keep=keep)
    audit.record("person.password_changed", by=person, entity="person", record_id=person.id)
