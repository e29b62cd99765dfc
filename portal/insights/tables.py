"""Tables as people read them: heads that know which way to align, rows of texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.fields import FIELD_TYPES, FieldType
from portal.insights import measures
from portal.insights.lens import Lens
from portal.insights.lens import entity as entity_of
from portal.insights.measures import Measure
from portal.security import policy
from portal.security.policy import Access

LONG = 20  # characters from which a column is given room


@dataclass(frozen=True)
class Head:
    """A column: its label and how it is set."""

    label: str
    is_number: bool = False
    is_long: bool = False


@dataclass(frozen=True)
class Table:
    """Heads and rows of shown texts; `total` counts the rows that were not listed too."""

    heads: Sequence[Head]
    rows: Sequence[Sequence[str]]
    total: int

    @property
    def is_long(self) -> bool:
        """Whether it begins a page of its own."""
        return len(self.rows) > 14

    @property
    def is_wide(self) -> bool:
        return len(self.heads) > 10


@dataclass(frozen=True)
class Column:
    """A column of a named source: its key in the rows, its label and the type that speaks its values."""

    key: str
    label: Any
    type: FieldType


def column(key: str, label: Any, kind: str = "text", **options: Any) -> Column:
    """Describe a column by the key of a field type."""
    return Column(key, label, FIELD_TYPES[kind](**options))


def of_rows(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Table:
    """Set the rows of a named source."""
    texts = [[one.type.text(row[one.key]) for one in columns] for row in rows]
    numbers = [one.type.is_number for one in columns]
    return Table(_heads([str(one.label) for one in columns], numbers, texts), texts, len(texts))


def of_records(columns: Sequence[str], lens: Lens, *, measure: Measure, sort: Sequence[str], limit: int) -> Table:
    """Set records; a column that the reader may not see is left out, a masked one shows its mask."""
    entity = entity_of(measure.entity)
    seen = [key for key in columns or entity.list.columns if key in entity.fields]
    fields = [entity.fields[key] for key in seen]
    fields = [field for field in fields if policy.access(lens.person, field) > Access.HIDE]
    keys = [field.key for field in fields]
    found, total = measures.listed(keys, lens, measure=measure, sort=sort, limit=limit)
    texts = [[record.text(key) for key in keys] for record in found]
    heads = _heads([str(field.label) for field in fields], [field.type.is_number for field in fields], texts)
    return Table(heads, texts, total)


def _heads(labels: Sequence[str], numbers: Sequence[bool], rows: Sequence[Sequence[str]]) -> list[Head]:
    return [
        Head(label, number, any(len(row[place]) > LONG for row in rows[:200]))
        for place, (label, number) in enumerate(zip(labels, numbers, strict=True))
    ]
