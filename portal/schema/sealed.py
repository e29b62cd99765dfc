"""Encrypted fields: which may be so, and what cannot be asked of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import vault
from portal.fields import FIELD_TYPES, FieldType
from portal.schema.catalog import OPENING, Catalog, Columns
from portal.schema.nouns.entity import EntityNoun, FieldNoun
from portal.schema.problems import Fault
from portal.schema.source import Path


def faults(path: Path, kind: FieldType, item: FieldNoun) -> Iterator[Fault]:
    """Yield what speaks against sealing a field."""
    if not kind.sealable:
        known = ", ".join(key for key, one in FIELD_TYPES.items() if one.sealable)
        message = _l("a field of this type cannot be encrypted")
        yield Fault((*path, "encrypted"), message, _l("these can: %(types)s", types=known))
    elif item.sortable:
        yield Fault((*path, "sortable"), _l("an encrypted field cannot be sorted by"))


def entity_faults(noun: EntityNoun) -> Iterator[Fault]:
    """Yield the places of an entity's document where an encrypted field cannot stand."""
    hidden = {key for key, item in noun.fields.items() if item.encrypted}
    if noun.title in hidden:
        yield Fault(("title",), _l("an encrypted field cannot be the title: lists, links and the search need it"))
    lists: list[tuple[Path, Any]] = [(("list",), noun.list)]
    lists += [(("layouts", role, "list"), own.list) for role, own in noun.layouts.items() if own.list]
    for path, layout in lists:
        for place, name in enumerate(layout.sort or ()):
            if name.lstrip("-") in hidden:
                yield Fault((*path, "sort", place), _l("an encrypted field cannot be sorted by"))


def is_sealed(trees: Mapping[str, Any], entity: str, key: str) -> bool:
    """Tell whether a document says that a field is encrypted."""
    fields = (trees.get(f"entities/{entity}.yml") or {}).get("fields") or {}
    item = fields.get(key) if isinstance(fields, dict) else None
    return isinstance(item, dict) and item.get("encrypted") is True


def with_opening(columns: Columns, catalog: Catalog) -> dict[str, dict[str, str]]:
    """Return the columns with those marked that sealed values may be left in, though their fields are plain now."""
    states = vault.places.states()
    found = {key: dict(names) for key, names in columns.items()}
    for key, entity in catalog.stored.items():
        for name, field in entity.fields.items():
            if not field.encrypted and f"{entity.table_name}.{columns[key].get(name)}" in states:
                found[key][name + OPENING] = ""
    return found
