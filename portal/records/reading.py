"""What of a record somebody reads: which fields, which columns, and each value as it is, as its mask, or not at all.

Every door that shows values, takes them out or sums them up asks here, so that none has a rule of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from portal import looks
from portal.errors import Forbidden
from portal.fields import Field
from portal.records.recall import OldForm
from portal.records.tables import table_of
from portal.schema import Entity
from portal.security import Actor, policy
from portal.security.policy import Access

Row = TypeVar("Row", bound=Sequence[Any])
Names = Mapping[tuple[str, int], str]
HIDDEN = "•••"
"""The mask of what no type knows how to mask."""


def may_read(person: Actor, field: Field | None) -> bool:
    """Whether the person may know the values: to see, sort, filter, count and draw by them."""
    return field is not None and policy.access(person, field) >= Access.READ


def may_know(person: Actor, field: Field | None) -> bool:
    """Whether the person may know that there is a value, be it as a mask."""
    return field is not None and policy.access(person, field) > Access.HIDE


def readable(person: Actor, fields: Iterable[Field]) -> list[Field]:
    """Those of the fields whose values the person may know."""
    return [field for field in fields if may_read(person, field)]


def shown(person: Actor, fields: Iterable[Field]) -> list[Field]:
    """Those of the fields that stand on pages, in files and in reports for the person, some as masks."""
    return [field for field in fields if may_know(person, field)]


def chosen(person: Actor, entity: Entity, keys: Iterable[str]) -> list[Field]:
    """The fields of these keys that are shown, each once, in their order; a key that is unknown names none."""
    return shown(person, (entity.fields[key] for key in dict.fromkeys(keys) if key in entity.fields))


def column(person: Actor, entity: Entity, key: str) -> sa.ColumnElement[Any]:
    """The column of a field for a statement in the person's name; raises Forbidden for one that may not be read."""
    field = entity.fields.get(key)
    if field is None or not may_read(person, field):
        raise Forbidden
    return table_of(entity.key).c[field.column]


def said(person: Actor, field: Field, value: Any, of: int | None, known: Names | None = None) -> str:
    """What the person reads of a value of the record `of`; names of what it refers to are looked up where not given."""
    access = policy.access(person, field)
    if value is not None and of is not None and access >= Access.READ:
        seen(person, field, (of,))
    return told(field, value, access, known)


def seen(person: Actor, field: Field, record_ids: Iterable[int]) -> None:
    """Note that the person sees the field of these records as it is: for doors that have no `Record` at hand."""
    if field.is_guarded:
        looks.note_many(person.id, field.entity, record_ids, field.key)


def passing(person: Actor, field: Field, rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of a file, each a record's id first and a value of the field, noted while they pass."""
    for row in rows:
        seen(person, field, (row[0],))
        yield row


def told(field: Field, value: Any, access: Access, known: Names | None) -> str:
    """What somebody with that access reads of a value: the text, a mask or nothing."""
    if value is None or access == Access.HIDE:
        return ""
    if isinstance(value, OldForm):
        return str(value) if access >= Access.READ else HIDDEN
    if access == Access.MASK:
        return field.type.mask(value)
    return field.type.text(value) if known is None else field.type.named(value, known)
