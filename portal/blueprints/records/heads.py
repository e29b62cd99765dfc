"""The cells of a list: what a column needs is worked out once, so that its many cells are only joined."""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from portal.blueprints import values
from portal.fields import Field
from portal.records import Record
from portal.schema import Entity


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
        mark = Markup(' data-field="{}"').format(self.field.key) if self.is_open else ""
        return Markup('<td class="{}" data-label="{}"{}>').format(self.css, self.field.label, mark)

    def content(self, record: Record) -> str:
        """The inside of a cell, as HTML; values of a few kinds repeat down the column and are made once."""
        key = self.field.key
        if self.address is not None:
            text = escape(record.text(key) or record.title)
            return f'<a class="row-link" href="{self.address}{record.id}" data-open>{text}</a>'
        if not self.field.type.show_key:
            return escape(record.text(key))
        value = record.values.get(key)
        record.look(key)  # what stands in `shown` is not asked of the record again
        if value not in self.shown:
            self.shown[value] = values.shown_value(self.field, record)
        return self.shown[value]


class Heads(Sequence[Head]):
    """The columns of a list side by side; the title opens the record, or else the first column does."""

    def __init__(self, entity: Entity, columns: Sequence[Field], open_: Collection[str] = ()) -> None:
        self.address = address = url_for("records.show", entity=entity, record_id=0)[:-1]
        opening = next((one for one in columns if one.key == entity.title), columns[0])
        self._heads = [
            Head(
                one,
                address if one is opening else None,
                ("num" if one.type.is_number else "") + (" col-title" if one.key == entity.title else ""),
                one.key in open_ and one is not opening,  # a click on that one opens the record
            )
            for one in columns
        ]
        self._starts = [head.start for head in self._heads]

    def __getitem__(self, at: Any) -> Any:
        return self._heads[at]

    def __len__(self) -> int:
        return len(self._heads)

    def cells(self, record: Record) -> Markup:
        """All cells of a row."""
        pairs = zip(self._starts, self._heads, strict=True)
        return Markup("".join([f"{start}{head.content(record)}</td>" for start, head in pairs]))  # nosec B704, all escaped above
