"""Every condition of the documents, with the place it stands at: what looks through conditions asks here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from portal.schema.catalog import Catalog
from portal.schema.condition import Condition
from portal.schema.field_rules import WORDS
from portal.schema.nouns import KINDS
from portal.schema.source import Path


@dataclass(frozen=True)
class Clause:
    """One condition of a document."""

    kind: str
    key: str
    path: Path
    when: Condition


def clauses(catalog: Catalog) -> Iterator[Clause]:
    """Yield the conditions of all documents, those of fields and of their roll-ups among them."""
    for entity in catalog.entities.values():
        for key, field in entity.fields.items():
            for word in WORDS:
                if isinstance(when := getattr(field, word), Condition):
                    yield Clause("entities", entity.key, ("fields", key, word), when)
        yield Clause("entities", entity.key, ("list", "where"), entity.list.where)
        for role, layout in entity.layouts.items():
            yield Clause("entities", entity.key, ("layouts", role, "list", "where"), layout.list.where)
    for noun in catalog.rollups.values():
        if noun.when is not None:
            yield Clause("entities", noun.on, ("fields", noun.key, "when"), noun.when)
    for kind in KINDS:
        for key, document in catalog.kind(kind).items() if kind != "entities" else ():
            yield from (Clause(kind, key, path, when) for path, when in _within(document, ()))


def _within(part: object, path: Path) -> Iterator[tuple[Path, Condition]]:
    """The conditions of a part of a document, wherever its model has a place for one."""
    if isinstance(part, Condition):
        yield path, part
    elif isinstance(part, BaseModel):
        for name, info in type(part).model_fields.items():
            yield from _within(getattr(part, name), (*path, info.alias or name))
    elif isinstance(part, Mapping):
        for key, below in part.items():
            yield from _within(below, (*path, key))
    elif isinstance(part, tuple | list):
        for place, below in enumerate(part):
            yield from _within(below, (*path, place))
