"""From a row of cells to the values of a record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from portal.fields import Field, FieldError
from portal.integrations.guards import unguarded
from portal.integrations.reading import AS_USUAL, Reading
from portal.integrations.references import References
from portal.schema import Entity
from portal.security import Actor

_FIRST_SERIAL, _LAST_SERIAL = 3654, 109_575  # 1910 to 2199: other numbers are no days
_KEPT = 2000  # different cells of one column whose meaning is remembered: enough for places, choices and dates
Rule = tuple[str, ...]
_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  (a sheet's day has no zone)


@dataclass
class Row:
    """One row on its way: its number in the sheet, its cells, what was read, what is wrong, whom it is about."""

    number: int
    cells: Sequence[Any]
    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, Any] = field(default_factory=dict)
    record_id: int | None = None
    rule: Rule | None = None  # the fields by which it finds its record
    skipped: Any = None  # why it is left out, where it is
    is_sound: bool = True  # whether its own cells can be read, whatever they refer to


class RowReader:
    """Reads rows by the mapping from columns to fields; blank cells say nothing."""

    def __init__(self, entity: Entity, columns: Mapping[int, str], by: Actor, reading: Reading = AS_USUAL) -> None:
        self.reading = reading
        self.columns = [(place, entity.fields[key]) for place, key in columns.items() if key in entity.fields]
        mapped = {field.key for _, field in self.columns}
        self.missing = [f for f in entity.writable().values() if _must_be_given(f) and f.key not in mapped]
        self.required = [f for _, f in self.columns if _must_be_given(f)]
        self.references = References(by)
        self._shaped = {field.key for _, field in self.columns if reading.shapes(field)}
        self._meanings: dict[str, dict[Any, Any]] = {field.key: {} for _, field in self.columns}
        # Asked millions of times: place, key, the field where its type reads the cell, the texts read already.
        self._plan = [
            (place, field.key, None if field.type.target else field, self._meanings[field.key])
            for place, field in self.columns
        ]

    def read(self, batch: Iterable[tuple[int, Sequence[Any]]]) -> list[Row]:
        """The rows with their values and problems; references are looked up for the whole batch at once."""
        rows = self.parse(batch)
        for _, asked in self.columns:
            if asked.type.target is not None:
                self.references.settle(rows, asked)
        return rows

    def parse(self, batch: Iterable[tuple[int, Sequence[Any]]]) -> list[Row]:
        """The rows as far as their own cells tell."""
        return [self._row(number, cells) for number, cells in batch]

    def _row(self, number: int, cells: Sequence[Any]) -> Row:
        row, values, width = Row(number, cells), {}, len(cells)
        for place, key, asked, known in self._plan:
            raw = cells[place] if place < width else None
            if raw is None:
                continue
            if type(raw) is str:
                if raw in known:
                    values[key] = known[raw]
                    continue
                if not raw or raw.isspace():
                    continue
            try:
                value = self._meaning(raw, asked) if asked is not None else raw
            except FieldError as error:
                row.problems[key] = error.message
            else:
                if value is not None:
                    values[key] = value
        row.values = values
        row.is_sound = not row.problems
        return row

    def _meaning(self, raw: Any, asked: Field) -> Any:
        """What a cell means; most columns repeat a few texts, which are read once."""
        if type(raw) is not str:
            return asked.type.parse(_meant(raw, asked))
        text = unguarded(raw) if raw[0] == "'" else raw
        value = asked.type.parse(self.reading.cell(text, asked) if asked.key in self._shaped else text)
        kept = self._meanings[asked.key]
        if value is not None and len(kept) < _KEPT:
            kept[raw] = value
        return value

    def require(self, row: Row) -> None:
        """A new record needs its required fields."""
        for asked in (*self.required, *self.missing):
            if asked.key not in row.values and asked.key not in row.problems:
                row.problems[asked.key] = asked.type.missing(asked)


def _must_be_given(asked: Field) -> bool:
    is_filled = asked.default is not None or asked.type.is_automatic or asked.computed
    return asked.required and not is_filled and not asked.causes


def _meant(raw: Any, asked: Field) -> Any:
    """A bare number in a column of days is a sheet's day."""
    is_serial = asked.type.is_time and isinstance(raw, int | float) and _FIRST_SERIAL <= raw <= _LAST_SERIAL
    return _ZERO + timedelta(days=raw) if is_serial else raw
