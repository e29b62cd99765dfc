"""Numbers that count up by themselves."""

import random
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import Field

from portal.fields.field_type import FieldType
from portal.fields.labels import Text
from portal.fields.numerals import clean
from portal.fields.text import TEXT_OPERATORS


class AutoNumber(FieldType):
    """A running number with a prefix, given when the record is made."""

    key: ClassVar[str] = "auto_number"
    for_offices: ClassVar[bool] = False  # counted over the records of all offices
    label: ClassVar[Text] = Text(zh="自动编号", en="Automatic number")
    operand: ClassVar[str | None] = "text"
    operators: ClassVar[tuple[str, ...]] = TEXT_OPERATORS
    is_automatic: ClassVar[bool] = True

    prefix: str = Field(default="", max_length=20)
    width: int = Field(default=6, ge=1, le=12)

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.Text()

    def number_text(self, number: int) -> str:
        """The text of the number counted, for example `T-000042`."""
        return f"{self.prefix}{number:0{self.width}d}"

    def read(self, raw: Any) -> str:
        return clean(raw)

    def sample(self, rng: random.Random) -> Any:
        return self.number_text(rng.randint(1, 99_999))
