"""Tables as people read them: heads that know which way to align, rows of texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.fields import FIELD_TYPES, FieldType
from portal.insights import measures
from portal.insights.lens import Lens
from portal.insights.lens import entity as entity_of
from portal.insights.measures import Measure
from portal.records import reading

UPRIGHT = 61.0  # characters of 8 pt between the margins of A4
PADDING, WRAPPED = 1.2, 11.0
LATIN = 0.56  # how wide such a character is beside a Chinese one


@dataclass(frozen=True)
class Head:
    """A column: its label and how it is set."""

    label: str
    is_number: bool = False
    width: float = 0.0
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
        """Whether it needs the sheet turned: even with lines broken its columns are too many."""
        return _needed([WRAPPED if head.is_long else head.width for head in self.heads]) > UPRIGHT


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
    asked = columns or entity.layout_for(lens.person.role_keys).list.columns
    fields = reading.chosen(lens.person, entity, asked)
    keys = [field.key for field in fields]
    found, total = measures.listed(keys, lens, measure=measure, sort=sort, limit=limit)
    texts = [[record.text(key) for key in keys] for record in found]
    heads = _heads([str(field.label) for field in fields], [field.type.is_number for field in fields], texts)
    return Table(heads, texts, total)


def _heads(labels: Sequence[str], numbers: Sequence[bool], rows: Sequence[Sequence[str]]) -> list[Head]:
    """Break lines in as many of the widest columns as it takes to keep to the page."""
    widths = [max(map(breadth, (label, *(row[place] for row in rows)))) for place, label in enumerate(labels)]
    long: set[int] = set()
    for place in sorted(range(len(widths)), key=lambda place: -widths[place]):
        if _needed([WRAPPED if one in long else width for one, width in enumerate(widths)]) <= UPRIGHT:
            break
        if widths[place] > WRAPPED and not numbers[place]:
            long.add(place)
    return [Head(label, numbers[place], widths[place], place in long) for place, label in enumerate(labels)]


def _needed(widths: Sequence[float]) -> float:
    return sum(widths) + PADDING * len(widths)


def breadth(text: str) -> float:
    """How wide a text is set, in Chinese characters."""
    return sum(LATIN if char < "\u2e80" else 1.0 for char in text)
