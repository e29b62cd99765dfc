"""What happened to a record, read from the audit log, as far as the person may see the fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from portal import audit, vault
from portal.errors import NotFound
from portal.extensions import db
from portal.fields import Field
from portal.records import layers, links, reading, recall
from portal.records.record import Record
from portal.records.save import save
from portal.schema import former
from portal.security import SYSTEM, Actor
from portal.security.policy import Access

NEAR, FAR = 100, 1000
"""Deeds of a history, and how many are looked through for one field."""
UNSHOWN = frozenset({"version", "updated_at", "updated_by", "created_at", "created_by", "archived_at"})


@dataclass(frozen=True)
class Change:
    """One field of one deed; `field` is None where the deed has no fields, such as archiving.

    `line` is the id of the deed's audit line where the reader may put back what stood there before.
    """

    at: datetime
    by: str
    action: str
    field: Field | None = None
    before: str = ""
    after: str = ""
    line: int | None = None


def history(record: Record, person: Actor, field: str | None = None) -> list[Change]:
    """The changes of the newest deeds, newest first: of all fields, or further back of one field alone."""
    lines = audit.lines(entity=record.entity.key, record_id=record.id).limit(FAR if field else NEAR)
    deeds = list(db.session.scalars(lines))
    known_as = former.of(layers.stored(record.entity)) if deeds else None
    told = vault.past.opened([line.data for line in deeds])
    seen = [(line, _pairs(record, person, line, data, known_as)) for line, data in zip(deeds, told, strict=True)]
    if field:
        narrowed = [(line, [pair for pair in pairs if pair[0].key == field]) for line, pairs in seen]
        seen = [(line, pairs) for line, pairs in narrowed if pairs][:NEAR]
    known = links.names({target for _, pairs in seen for pair in pairs for target in _targets(*pair)}, person)
    return [change for line, pairs in seen for change in _changes(record, line, pairs, person, known)]


def bring_back(record: Record, line_id: int, key: str, *, by: Actor, version: int | None) -> Record:
    """Save the value that a field had before the deed of an audit line; raises NotFound, and what `save` raises."""
    line = db.session.get(audit.AuditLine, line_id)
    if line is None or (line.entity, line.record_id) != (record.entity.key, record.id):
        raise NotFound
    pairs = _pairs(record, by, line, vault.past.opened(line.data), former.of(layers.stored(record.entity)))
    found = [old for field, old, _new in pairs if field.key == key and _is_open(record, field, old)]
    if not found:
        raise NotFound
    return save(record, {key: found[0]}, by=by, version=version)


Pair = tuple[Field, Any, Any]


def _is_open(record: Record, field: Field, value: Any) -> bool:
    """Whether the record's reader may write the value into the field by hand."""
    if isinstance(value, recall.OldForm):
        return False
    by_hand = field.key in record.entity.writable() and not (field.type.is_upload or field.type.is_automatic)
    return by_hand and record.may("edit") and record.access(field.key) == Access.WRITE


def _pairs(
    record: Record, person: Actor, line: audit.AuditLine, data: Any, known_as: former.Former | None
) -> list[Pair]:
    """The fields a line speaks of that the person may know of, whatever they were called then, with both values."""
    found = []
    for word, (old, new) in ((data or {}).get("changes") or {}).items():
        key = known_as.key_at(word, line.at) if known_as else word
        field = record.entity.fields.get(key)  # None when a later release archived it
        if field is not None and key not in UNSHOWN and reading.may_know(person, field):
            found.append((field, recall.value(field, old), recall.value(field, new)))
    return found


def _targets(field: Field, old: Any, new: Any) -> Iterator[links.Target]:
    values = (value for value in (old, new) if not isinstance(value, recall.OldForm))
    yield from (target for value in values for target in links.targets(field, value))


def _changes(
    record: Record, line: audit.AuditLine, pairs: list[Pair], person: Actor, known: Mapping[links.Target, str]
) -> Iterator[Change]:
    if not pairs:
        yield Change(line.at, _who(line), line.action)
    for field, old, new in pairs:
        before, after = (reading.said(person, field, value, record.id, known) for value in (old, new))
        is_other = line.action != "record.created" and old != record.values.get(field.key)
        way_back = line.id if is_other and _is_open(record, field, old) else None
        yield Change(line.at, _who(line), line.action, field, before, after, way_back)


def _who(line: audit.AuditLine) -> str:
    """Who did it; what nobody did, and no other system told, the portal did."""
    return gettext("The portal") if line.by_id is None and line.by_name == SYSTEM.name else line.by_name
