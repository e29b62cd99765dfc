"""Whole numbers."""

import random
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext

from portal.fields.decimal import NUMBER_OPERATORS
from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import number


class Integer(FieldType):
    """A whole number."""

    key: ClassVar[str] = "integer"
    label: ClassVar[Text] = Text(zh="整数", en="Whole number")
    operand: ClassVar[str | None] = "number"
    operators: ClassVar[tuple[str, ...]] = NUMBER_OPERATORS
    is_number: ClassVar[bool] = True
    input_key: ClassVar[str] = "number"

    min: int | None = None
    max: int | None = None
    unit: Text | None = None

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.BigInteger()

    def read(self, raw: Any) -> int:
        value = number(raw)
        if value != value.to_integral_value():
            raise FieldError(lazy_gettext("Enter a whole number."))
        if self.min is not None and value < self.min:
            raise FieldError(lazy_gettext("Enter at least %(bound)s.", bound=self.text(self.min)))
        if self.max is not None and value > self.max:
            raise FieldError(lazy_gettext("Enter at most %(bound)s.", bound=self.text(self.max)))
        return int(value)

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        return f"{value:,} {self.unit}" if self.unit else f"{value:,}"

    def export(self, value: Any) -> Any:
        return value

    def sample(self, rng: random.Random) -> Any:
        low = self.min or 0
        return rng.randint(low, self.max if self.max is not None else low + 500)
