"""Change the owner of a record and keep the history of owners."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, gettext

from portal import clock, mail
from portal.events import Event
from portal.extensions import db
from portal.records import Record, fetch, save, timeline
from portal.rules.assignment.models import OwnerMove
from portal.security import SYSTEM, Actor, Person
from portal.translations import LOCALES

KIND = "owner"
_cause: ContextVar[tuple[str, int | None]] = ContextVar("cause", default=("person", None))


def give(record: Record, to: int | None, cause: str, by: int | None = None) -> Record:
    """Make somebody (nobody: the pool) the owner; raises Conflict when the record changed meanwhile."""
    with _because(cause, by):
        return save(record, {"owner": to}, by=SYSTEM)


@contextmanager
def _because(cause: str, by: int | None) -> Iterator[None]:
    token = _cause.set((cause, by))
    try:
        yield
    finally:
        _cause.reset(token)


def hear(event: Event) -> None:
    """Listen *with* a change: keep the move when the owner is another."""
    pair = event.data.get("changes", {}).get("owner")
    if pair is None or event.kind != "record.changed" or event.record_id is None:
        return
    cause, by = _cause.get()
    by = event.by_id if by is None else by
    about = {"entity": event.entity or "", "record_id": event.record_id, "cause": cause, "by_id": by}
    db.session.add(OwnerMove(**about, before_id=pair[0], after_id=pair[1], at=clock.now()))
    db.session.flush()


def tell_owner(record: Record) -> None:
    """Write the new owner a notice."""
    person = db.session.get(Person, record["owner"] or 0)
    if person is None or not person.active:
        return
    with force_locale(LOCALES[person.locale]):
        own = fetch(record.entity.key, record.values["id"], SYSTEM)
        text = gettext("%(record)s “%(name)s” is yours now.", record=record.entity.label, name=own.title)
        mail.notify(person.id, text, f"/{record.entity.slug}/{record.id}")


def items(record: Record, person: Actor, after: Any, limit: int) -> Iterator[timeline.Item]:
    """Yield the owners of a record behind a place, newest first, for its timeline."""
    move = OwnerMove
    moves = sa.select(move).where(move.entity == record.entity.key, move.record_id == record.id)
    if after is not None:
        same = move.id < after.id if after.kind == KIND else sa.literal(after.kind > KIND)
        moves = moves.where(sa.or_(move.at < after.at, sa.and_(move.at == after.at, same)))
    found = db.session.scalars(moves.order_by(move.at.desc(), move.id.desc()).limit(limit)).all()
    ids = {one for each in found for one in (each.before_id, each.after_id, each.by_id) if one is not None}
    names = {row[0]: row[1] for row in db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids)))}
    for one in found:
        pool = gettext("Public pool")
        before, to = names.get(one.before_id or 0, pool), names.get(one.after_id or 0, pool)
        text = f"{before} → {to} ({cause_text(one.cause)})"
        yield timeline.Item(one.at, KIND, one.id, gettext("Owner"), text, "user", names.get(one.by_id or 0, ""))


def cause_text(cause: str) -> str:
    """Return why a record changed hands."""
    match cause:
        case "rule":
            return gettext("by an assignment rule")
        case "claim":
            return gettext("claimed from the pool")
        case "recycle":
            return gettext("nobody followed it up")
    return gettext("by a person")
