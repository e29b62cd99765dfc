"""What all types share that hold the id of something else."""

import random
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext

from portal.fields.field import Field
from portal.fields.field_type import FieldError, FieldType
from portal.fields.numerals import clean, half_width, row_id

LIKELY = 50  # choices shown before anything is typed


class Pointer(FieldType):
    """The id of a record, a person, an office or a team."""

    operators: ClassVar[tuple[str, ...]] = ("eq", "ne", "in", "not_in", "empty", "filled")
    sortable: ClassVar[bool] = False
    input_key: ClassVar[str] = "reference"
    show_key: ClassVar[str | None] = "reference"

    to: str

    @property
    def target(self) -> str | None:
        return self.to

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.BigInteger()

    def read(self, raw: Any) -> int:
        if isinstance(raw, bool):
            raise FieldError(lazy_gettext("Choose one from the list."))
        text = half_width(clean(raw)).removeprefix("#")
        id_ = row_id(text)
        return self._named(text) if id_ is None else id_

    def _named(self, text: str) -> int:
        """The id of the only one with exactly this label."""
        found = self.links.find(str(self.target), text, 10) if self.links else []
        exact = [key for key, label in found if label.casefold() == text.casefold()]
        if len(exact) != 1:
            raise FieldError(lazy_gettext("Choose one from the list."))
        return exact[0]

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        labels = self.links.labels(str(self.target), [value]) if self.links else {}
        return labels.get(value) or f"#{value}"

    def word(self, id_: int) -> str:
        """One record as people read it, by its id."""
        return Pointer.text(self, id_)

    def likely(self, value: Any = None) -> list[tuple[int, str]]:
        """Choices to begin with; the present one is always among them."""
        found = list(self.links.find(str(self.target), "", LIKELY)) if self.links else []
        if value is not None and value not in {key for key, _ in found}:
            found.insert(0, (value, self.text(value)))
        return found

    def is_known(self, value: Any, held: Any = None) -> bool:
        fresh = set(self.pointed(value)) - set(self.pointed(held))
        return self.links is None or not fresh or fresh <= self.links.labels(str(self.target), fresh).keys()

    def export(self, value: Any) -> Any:
        return None if value is None else self.text(value)

    def missing(self, field: Field) -> str:
        return gettext("Choose %(label)s.", label=field.label)

    def sample(self, rng: random.Random) -> Any:
        return rng.randint(1, 50)
