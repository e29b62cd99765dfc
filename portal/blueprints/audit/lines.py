"""What one reader may see of an audit line: values follow the rights of records and fields."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import records, schema, vault
from portal.audit import AuditLine
from portal.fields import Field
from portal.schema import Entity, former
from portal.security import Person

# What the audit log speaks of besides records.
KINDS = {
    "person": _l("Person"),
    "office": _l("Office"),
    "team": _l("Team"),
    "schema": _l("Schema"),
    "campaign": _l("Campaign"),
    "job": _l("Job"),
    "report": _l("Report"),
}
# What changes about persons, offices and teams; values that are words of the program have names too.
FACTS = {
    "name": _l("Name"),
    "email": _l("E-mail"),
    "locale": _l("Language"),
    "theme": _l("Appearance"),
    "roles": _l("Roles"),
    "office_id": _l("Office"),
    "team_id": _l("Team"),
    "parent_id": _l("Part of"),
    "zone": _l("Time zone"),
    "key": _l("Key"),
}
WORDS = {
    "theme": {"auto": _l("Like the device"), "light": _l("Light"), "dark": _l("Dark")},
    "locale": {"zh": "中文", "en": "English"},
}


@dataclass(frozen=True)
class Change:
    """One changed field, as texts."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ShownLine:
    """One line for the page; without changes when the reader may not see the record."""

    line: AuditLine
    kind: str
    href: str | None
    changes: tuple[Change, ...]


def shown(lines: list[AuditLine], reader: Person) -> list[ShownLine]:
    """The lines as this reader may see them, with one look-up per kind of record."""
    entities = schema.current().entities
    kinds = {line.entity or "" for line in lines} & entities.keys()
    visible = {key: _visible(entities[key], lines, reader) for key in kinds}
    seen = [line.record_id in visible.get(line.entity or "", ()) for line in lines]
    told = vault.past.opened([line.data if is_seen else {} for line, is_seen in zip(lines, seen, strict=True)])
    return [
        _shown(line, data, entities.get(line.entity or ""), visible.get(line.entity or "", set()), reader)
        for line, data in zip(lines, told, strict=True)
    ]


def _visible(entity: Entity, lines: Iterable[AuditLine], reader: Person) -> set[int]:
    ids = {line.record_id for line in lines if line.entity == entity.key and line.record_id is not None}
    return records.reach.among(reader, entity, ids)


def _shown(line: AuditLine, data: Any, entity: Entity | None, visible: set[int], reader: Person) -> ShownLine:
    if entity is None:
        return ShownLine(line, str(KINDS.get(line.entity or "", line.entity or "")), None, tuple(_plain(line)))
    if line.record_id not in visible:
        return ShownLine(line, str(entity.label), None, ())
    changes = tuple(_readable(line, data, entity, reader))
    return ShownLine(line, str(entity.label), f"/{entity.slug}/{line.record_id}", changes)


def _pairs(data: Any) -> dict[str, Any]:
    changes = (data or {}).get("changes")
    return {key: pair for key, pair in changes.items() if _is_pair(pair)} if isinstance(changes, dict) else {}


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2


def _plain(line: AuditLine) -> Iterable[Change]:
    for key, (before, after) in _pairs(line.data).items():
        words = WORDS.get(key, {})
        said = (str(words.get(value, "")) or _words(value) for value in (before, after))
        yield Change(str(FACTS.get(key, key)), *said)


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


def _readable(line: AuditLine, data: Any, entity: Entity, reader: Person) -> Iterable[Change]:
    known_as = former.of(entity)
    looked_at = entity.fields.get(str((data or {}).get("field"))) if line.action == records.revealing.DEED else None
    if looked_at is not None and records.reading.may_know(reader, looked_at):
        yield Change(str(looked_at.label), "", str(records.revealing.REASONS.get(data["reason"], "")))
    for key, (before, after) in _pairs(data).items():
        field = entity.fields.get(known_as.key_at(key, line.at))
        if field is not None and records.reading.may_know(reader, field):
            yield Change(str(field.label), *(_text(field, value, line.record_id, reader) for value in (before, after)))


def _text(field: Field, stored: object, of: int | None, reader: Person) -> str:
    return records.reading.said(reader, field, records.recall.value(field, stored), of)
