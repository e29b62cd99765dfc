"""The rows of a list: what a column needs is worked out once, so that its many cells are only joined."""

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from portal.blueprints import engine, screens, values
from portal.fields import Field
from portal.records import Record
from portal.schema import Entity

PICK = (
    '<td class="col-pick"><input class="form-check-input" type="checkbox" name="_pick" value="%s.%s" data-select'
    ' aria-label="%s"%s></td>'
)


@dataclass(frozen=True)
class Head:
    """A column of one list for one viewer; `address` is that of the records the column opens."""

    field: Field
    address: str | None = None
    css: str = ""
    is_open: bool = False  # to be changed where it stands
    shown: dict[Any, str] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def start(self) -> str:
        """The tag every cell begins with; phones show the label beside the value."""
        css = Markup(' class="{}"').format(self.css) if self.css else ""
        mark = Markup(' data-field="{}"').format(self.field.key) if self.is_open else ""
        return Markup('<td{} data-label="{}"{}>').format(css, self.field.label, mark)

    def content(self, record: Record, title: str) -> str:
        """The inside of a cell, as HTML; values of a few kinds repeat down the column and are made once."""
        key = self.field.key
        if self.address is not None:
            text = title if key == record.entity.title else engine.html(record.text(key)) or title
            return f'<a class="row-link" href="{self.address}{record.id}" data-open>{text}</a>'
        if not self.field.type.show_key:
            return engine.html(record.text(key))
        value = record.values.get(key)
        record.look(key)  # what stands in `shown` is not asked of the record again
        if value not in self.shown:
            self.shown[value] = values.shown_value(self.field, record)
        return self.shown[value]


class Heads(Sequence[Head]):
    """The columns of a list side by side; what opens the record is named, or it is the title or the first."""

    def __init__(
        self, entity: Entity, columns: Sequence[Field], open_: Collection[str] = (), opening: Field | None = None
    ) -> None:
        self.address = address = screens.record_address(entity, 0)[:-1]
        opening = opening or next((one for one in columns if one.key == entity.title), columns[0])
        self._heads = [
            Head(
                one,
                address if one is opening else None,
                ("num" if one.type.is_number else "") + (" col-title" if one.key == entity.title else ""),
                one.key in open_ and one is not opening,  # a click on that one opens the record
            )
            for one in columns
        ]

    def __getitem__(self, at: Any) -> Any:
        return self._heads[at]

    def __len__(self) -> int:
        return len(self._heads)

    def rows(self, records: Iterable[Record], *, picks: bool) -> Markup:
        """The rows of the table; with `picks` each begins with the box that picks it."""
        pairs = [(head.start, head) for head in self._heads]
        told = [self._row(record, pairs, picks) for record in records]
        return Markup("\n".join(told))  # nosec B704, all escaped below

    def lines(self, records: Iterable[Record]) -> Markup:
        """The rows of a small table, for looking at."""
        pairs = [('<td class="num">' if head.field.type.is_number else "<td>", head) for head in self._heads]
        told = [f"<tr data-row>{self._cells(record, escape(record.title), pairs)}</tr>" for record in records]
        return Markup("\n".join(told))  # nosec B704, all escaped below

    def _row(self, record: Record, pairs: list[tuple[str, Head]], picks: bool) -> str:
        title, is_open = escape(record.title), record.may("edit")
        pick = PICK % (record.id, record.version, title, "" if is_open else " disabled") if picks else ""
        place = f' data-cells="{self.address}{record.id}/cells/"' if is_open else ""
        return f"<tr data-row{place}>{pick}{self._cells(record, title, pairs)}</tr>"

    def _cells(self, record: Record, title: str, pairs: list[tuple[str, Head]]) -> str:
        return "".join([f"{start}{head.content(record, title)}</td>" for start, head in pairs])
