"""What every field type answers."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext
from pydantic import BaseModel, ConfigDict

from portal.fields.labels import Text
from portal.fields.pointed import Links, Names
from portal.fields.sought import Sought

if TYPE_CHECKING:
    from wtforms.fields.core import UnboundField

    from portal.fields.expression import Node
    from portal.fields.field import Field


class FieldError(ValueError):
    """A value that cannot be taken; the message is an imperative sentence for the person who gave it."""

    word: str = ""  # what names nothing, where that is the trouble, and what would name something
    allowed: tuple[str, ...] = ()

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class FieldType(BaseModel, ABC):
    """A type with the options a field gave it; one subclass and one file per type."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: ClassVar[str]
    label: ClassVar[Text]
    operators: ClassVar[tuple[str, ...]] = ("eq", "ne", "in", "not_in", "empty", "filled")
    scalar_operator: ClassVar[str] = "eq"
    list_operator: ClassVar[str] = "in"
    filterable: ClassVar[bool] = True
    sortable: ClassVar[bool] = True
    is_number: ClassVar[bool] = False
    is_time: ClassVar[bool] = False
    is_many: ClassVar[bool] = False
    is_linking: ClassVar[bool] = False  # beside the column stands a table with a row for each record pointed at
    is_upload: ClassVar[bool] = False
    is_automatic: ClassVar[bool] = False
    is_worked_out: ClassVar[bool] = False  # nobody fills it in
    for_offices: ClassVar[bool] = True  # an office may add such a field
    asks: ClassVar["Mapping[str, Text]"] = {}  # options that the short form of a new field asks for, with their labels
    operand: ClassVar[str | None] = None  # what it is in a formula: number, text, boolean or date
    identifies: ClassVar[bool] = False  # together with the title it tells two records apart
    words: ClassVar[tuple[str, ...]] = ()  # what people head such a column with
    is_mailbox: ClassVar[bool] = False
    sealable: ClassVar[bool] = False  # a text, which may stand encrypted in its column
    is_sealed: ClassVar[bool] = False
    has_tail: ClassVar[bool] = False  # people know it by its last four signs
    grouped_by: ClassVar[str | None] = None  # where records are counted by it: the operator that picks those of a group
    input_key: ClassVar[str] = "text"
    show_key: ClassVar[str | None] = None
    sheet_format: ClassVar[str | None] = None
    links: ClassVar[Links | None] = None

    @classmethod
    def use_links(cls, links: Links | None) -> None:
        """Set who answers for references, people, offices and teams."""
        FieldType.links = links

    @property
    def target(self) -> str | None:
        """What a value refers to: an entity's key, "person", "office", "team", or nothing."""
        return None

    @property
    def other_side(self) -> Text | None:
        """What a relation is called by the records it points at."""
        return None

    @property
    def is_ranking(self) -> bool:
        """Whether what a record points at stands above it, so that no record may come to stand above itself."""
        return False

    @abstractmethod
    def column_type(self) -> sa.types.TypeEngine[Any]:
        """The type of the column, the same in meaning on both engines."""

    def group(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """What records are counted by, where `grouped_by` says that they are."""
        return column

    def column_beside(self, links: str) -> sa.types.TypeEngine[Any]:
        """The type of the column where a table of links of that name stands beside it."""
        return self.column_type()

    def parse(self, raw: object) -> Any:
        """The value in text or a native cell; None for nothing; raises FieldError."""
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        return self.read(raw)

    @abstractmethod
    def read(self, raw: Any) -> Any:
        """The value in something that is not blank; raises FieldError."""

    def parse_end(self, raw: object) -> Any:
        """Like `parse`, for the upper end of a range (a day means its last moment)."""
        return self.parse(raw)

    def dump(self, value: Any) -> Any:
        """The value as JSON; `load` undoes it."""
        return value

    def load(self, json: Any) -> Any:
        """The value that `dump` wrote."""
        return json

    def write(self, value: Any) -> Any:
        """The value as people would write it in a document; `parse` reads it back."""
        return self.dump(value)

    def text(self, value: Any) -> str:
        """What people read, in the current locale; empty for None."""
        return "" if value is None else str(value)

    def pointed(self, value: Any) -> tuple[int, ...]:
        """The ids of what the value refers to."""
        return () if value is None or self.target is None else (value,)

    def named(self, value: Any, known: "Names") -> str:
        """What people read, with the names known of what the value refers to."""
        label = known.get((self.target, value)) if self.target is not None else None
        return label or self.text(value)

    def drawn(self, value: Any, known: "Names") -> Any:
        """What the template that shows the value is given."""
        return value

    def search_text(self, value: Any) -> str:
        """The words under which the search finds the value."""
        return str(value)

    def sought(self, text: str) -> Sought:
        """What `contains` looks for in the values."""
        return Sought(text)

    def input_text(self, value: Any) -> str:
        """What stands in the input; `parse` reads it back."""
        return "" if value is None else str(value)

    def export(self, value: Any) -> Any:
        """What a sheet's cell holds: text, a number, a date or None."""
        return None if value is None else self.input_text(value)

    def export_named(self, value: Any, known: "Names") -> Any:
        """Like `export`, with the names known of what the value refers to."""
        return self.export(value) if self.target is None else self.named(value, known)

    def mask(self, value: Any) -> str:
        """The value for eyes that may know only that there is one."""
        return "" if value is None else "•••"

    def marks(self) -> range:
        """The marks of a scale, whose mean tells something; none of other types."""
        return range(0)

    def colour(self, value: Any) -> str:
        """The colour a value goes by on badges and charts; `secondary` is none of its own."""
        return "secondary"

    def choices(self) -> Sequence[tuple[str, Text]] | None:
        """The keys to choose from with their labels, or None where anything may be written."""
        return None

    def at(self, moment: datetime) -> Any:
        """The moment as a value of this type; only where `is_time`."""
        raise TypeError(f"{self.key} holds no time")

    def sealed(self) -> "FieldType":
        """This type for an encrypted field, which can only be asked what it is."""
        return _sealed(type(self)).model_construct(self.model_fields_set, **dict(self))

    @property
    def held(self) -> "FieldType":
        """The type of the values themselves, for types that say how a value comes about."""
        return self

    @property
    def leader(self) -> str | None:
        """The field whose value decides which options there are."""
        return None

    def led_by(self) -> "Mapping[str, Collection[str]]":
        """Option → the options of the leading field it belongs to."""
        return {}

    def agrees(self, value: Any, leading: Any) -> bool:
        """Whether the value may stand beside that value of the leading field."""
        return True

    def narrowed(self, leading: Any) -> "FieldType":
        """The type with only the options that agree."""
        return self

    def seen(self, look: "Callable[[str, str], FieldType | None]") -> "FieldType":
        """This type, knowing what it refers to; `look` gives the type of an entity's field."""
        return self

    def measure(self) -> dict[str, Any] | None:
        """The metric that the values are, as its document would say it, for types that measure related records."""
        return None

    @property
    def is_measurable(self) -> bool:
        """Whether what is measured can be measured in that way."""
        return True

    def expression(self, operands: "Mapping[str, Node]") -> "Node | None":
        """How the values are worked out of other fields; raises ExpressionError."""
        return None

    @staticmethod
    def read_formulas(
        fields: "Mapping[str, Field]", declared: "Mapping[str, FieldType]"
    ) -> "tuple[dict[str, Field], dict[str, FieldError]]":
        """The fields of an entity with their expressions, and what is wrong with those that cannot be read.

        `declared` are the types as the documents gave them, by the field's key.
        """
        from portal.fields.formulas import Formulas, Unread

        formulas = Formulas(fields, declared)
        found = formulas.finished()
        return found, {key: error for key, error in formulas.errors.items() if not isinstance(error, Unread)}

    def ways(self, cell: str) -> list[list[str]]:
        """How a cell that names records may be meant: each way as the names or ids that must all be known."""
        return [[cell]]

    def gathered(self, ids: Sequence[int]) -> Any:
        """The value that points at what one of these ways named."""
        return ids[0]

    def own(self, me: Any) -> int | None:
        """The value that means "me" or "mine" for that person, if the type knows one."""
        return None

    def is_known(self, value: Any, held: Any = None) -> bool:
        """Whether what the value refers to is there and may be chosen; what is held already may stay."""
        return True

    def is_offered(self, value: Any, held: Any = None) -> bool:
        """Whether the value may be chosen newly; what a record holds may stay, though it can only be read."""
        return True

    def from_form(self, values: list[Any]) -> Any:
        """The raw value among what the browser sent for this field."""
        return values[0] if values else None

    def missing(self, field: "Field") -> str:
        """The sentence for a required field left empty."""
        return gettext("Enter %(label)s.", label=field.label)

    def form_field(self, field: "Field") -> "UnboundField[Any]":
        """The input of a form."""
        from portal.fields.entry import Entry

        return Entry.unbound(field)

    @abstractmethod
    def sample(self, rng: random.Random) -> Any:
        """A likely value, for tests and demo data."""


SEALED = ("eq", "ne", "in", "not_in", "empty", "filled")
"""The operators that need no order and no parts of a value."""


@cache
def _sealed(kind: type[FieldType]) -> type[FieldType]:
    own = {"operators": SEALED, "operand": None, "scalar_operator": "eq", "list_operator": "in"}
    return type(kind.__name__, (kind,), {**own, "sortable": False, "is_sealed": True, "__module__": kind.__module__})
