"""Change the owner of a record and keep the history of owners."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flask_babel import force_locale, gettext

from portal import clock, mail
from portal.events import Event
from portal.extensions import db
from portal.records import Record, fetch, save
from portal.rules.assignment.models import OwnerMove
from portal.security import SYSTEM, Person
from portal.translations import LOCALES
from portal.writing import insert_many

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
    """Listen *with* a change, of one record or of many: keep the moves to another owner."""
    cause, by = _cause.get()
    about = {"entity": event.entity or "", "cause": cause, "by_id": event.by_id if by is None else by}
    moves = [
        {**about, "record_id": id_, "before_id": before, "after_id": after, "at": clock.now()}
        for id_, before, after in _handed(event)
    ]
    if moves:
        insert_many(OwnerMove.__table__, moves)


def _handed(event: Event) -> Iterator[tuple[int, int | None, int | None]]:
    if event.kind == "records.changed":
        yield from (tuple(row) for row in event.data.get("owners", ()))
        return
    pair = event.data.get("changes", {}).get("owner")
    if pair is not None and event.record_id is not None:
        yield event.record_id, pair[0], pair[1]


def tell_owner(record: Record) -> None:
    """Write the new owner a notice."""
    person = db.session.get(Person, record["owner"] or 0)
    if person is None or not person.active:
        return
    with force_locale(LOCALES[person.locale]):
        own = fetch(record.entity.key, record.values["id"], SYSTEM)
        text = gettext("%(record)s “%(name)s” is yours now.", record=own.entity.label, name=own.title)
        mail.notify(person.id, text, f"/{record.entity.slug}/{record.id}")


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
