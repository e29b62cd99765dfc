"""What happened to a record, read from the audit log, as far as the person may see the fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal import audit
from portal.extensions import db
from portal.fields import Field
from portal.records import layers, links, reading
from portal.records.record import Record
from portal.schema import former
from portal.security import Actor

UNSHOWN = frozenset({"version", "updated_at", "updated_by", "created_at", "created_by", "archived_at"})


@dataclass(frozen=True)
class Change:
    """One field of one deed; `field` is None where the deed has no fields, such as archiving."""

    at: datetime
    by: str
    action: str
    field: Field | None = None
    before: str = ""
    after: str = ""


def history(record: Record, person: Actor, limit: int = 100) -> list[Change]:
    """The changes of the newest `limit` deeds, newest first."""
    lines = audit.lines(entity=record.entity.key, record_id=record.id).limit(limit)
    deeds = list(db.session.scalars(lines))
    known_as = former.of(layers.stored(record.entity)) if deeds else None
    seen = [(line, _pairs(record, person, line, known_as)) for line in deeds]
    known = links.names({target for _, pairs in seen for pair in pairs for target in _targets(*pair)}, person)
    return [change for line, pairs in seen for change in _changes(line, pairs, person, known)]


Pair = tuple[Field, Any, Any]


def _pairs(record: Record, person: Actor, line: audit.AuditLine, known_as: former.Former | None) -> list[Pair]:
    """The fields a line speaks of that the person may know of, whatever they were called then, with both values."""
    found = []
    for word, (old, new) in ((line.data or {}).get("changes") or {}).items():
        key = known_as.key_at(word, line.at) if known_as else word
        field = record.entity.fields.get(key)  # None when a later release archived it
        if field is not None and key not in UNSHOWN and reading.may_know(person, field):
            found.append((field, field.type.load(old), field.type.load(new)))
    return found


def _targets(field: Field, old: Any, new: Any) -> Iterator[links.Target]:
    yield from (target for value in (old, new) for target in links.targets(field, value))


def _changes(
    line: audit.AuditLine, pairs: list[Pair], person: Actor, known: Mapping[links.Target, str]
) -> Iterator[Change]:
    if not pairs:
        yield Change(line.at, line.by_name, line.action)
    for field, old, new in pairs:
        before, after = (reading.said(person, field, value, known) for value in (old, new))
        yield Change(line.at, line.by_name, line.action, field, before, after)
