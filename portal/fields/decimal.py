"""Decimal numbers."""

import random
from decimal import Decimal as Number
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext
from pydantic import Field

from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import number, rounded

NUMBER_OPERATORS = ("eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in", "empty", "filled")


class ExactNumber(sa.types.TypeDecorator[Number]):
    """Numeric on PostgreSQL, REAL on SQLite with the exact digits given back."""

    impl = sa.Float
    cache_ok = True

    def __init__(self, digits: int) -> None:
        super().__init__()
        self.digits = digits
        self._step = Number(1).scaleb(-digits)

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.Numeric(18, self.digits))
        return dialect.type_descriptor(sa.Float())

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return float(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Number | None:
        if value is None:
            return None
        return Number(str(value) if isinstance(value, float) else value).quantize(self._step)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        return self


class Decimal(FieldType):
    """A number with a fixed count of digits after the point."""

    key: ClassVar[str] = "decimal"
    label: ClassVar[Text] = Text(zh="小数", en="Decimal")
    operand: ClassVar[str | None] = "number"
    operators: ClassVar[tuple[str, ...]] = NUMBER_OPERATORS
    is_number: ClassVar[bool] = True
    input_key: ClassVar[str] = "number"

    digits: int = Field(default=2, ge=0, le=6)
    min: Number | None = None
    max: Number | None = None
    unit: Text | None = None

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return ExactNumber(self.digits)

    def read(self, raw: Any) -> Number:
        return self.within_bounds(rounded(number(raw), self.digits))

    def within_bounds(self, value: Number) -> Number:
        """The value, if the field's bounds allow it; raises FieldError."""
        if self.min is not None and value < self.min:
            raise FieldError(lazy_gettext("Enter at least %(bound)s.", bound=self.text(self.min)))
        if self.max is not None and value > self.max:
            raise FieldError(lazy_gettext("Enter at most %(bound)s.", bound=self.text(self.max)))
        return value

    def dump(self, value: Any) -> Any:
        return None if value is None else str(value)

    def load(self, json: Any) -> Any:
        return None if json is None else Number(str(json))

    def write(self, value: Any) -> Any:
        if value is None or value == int(value):
            return None if value is None else int(value)
        near = float(value)
        return near if Number(repr(near)) == value else str(value)

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        shown = f"{value:,.{self.digits}f}"
        return f"{shown} {self.unit}" if self.unit else shown

    def input_text(self, value: Any) -> str:
        return "" if value is None else f"{value:f}"

    def export(self, value: Any) -> Any:
        return value

    def sample(self, rng: random.Random) -> Any:
        low, high = float(self.min or 0), float(self.max or 10_000)
        return rounded(Number(repr(rng.uniform(low, high))), self.digits)
