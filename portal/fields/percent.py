"""Shares of a hundred."""

import random
from decimal import Decimal as Number
from typing import Any, ClassVar, Literal

from portal.fields.decimal import Decimal
from portal.fields.labels import Text
from portal.fields.numerals import half_width, number, rounded


class Percent(Decimal):
    """A ratio shown in per cent: 30% is Decimal("0.30")."""

    key: ClassVar[str] = "percent"
    label: ClassVar[Text] = Text(zh="百分比", en="Per cent")
    input_key: ClassVar[str] = "percent"
    sheet_format: ClassVar[str | None] = "0.00%"

    digits: Literal[4] = 4

    def read(self, raw: Any) -> Number:
        """`30%` and `30` are 0.30 as text; text up to 1 and native numbers are ratios already."""
        if not isinstance(raw, str):
            return self.within_bounds(rounded(number(raw), self.digits))
        text = half_width(raw)
        bare = text.rstrip("%").rstrip()
        value = number(bare)
        if bare != text or abs(value) > 1:
            value = value.scaleb(-2)
        return self.within_bounds(rounded(value, self.digits))

    def write(self, value: Any) -> Any:
        return None if value is None else self.input_text(value)

    def text(self, value: Any) -> str:
        return self.input_text(value)

    def input_text(self, value: Any) -> str:
        if value is None:
            return ""
        shown = f"{value * 100:.2f}".rstrip("0").rstrip(".")
        return f"{shown}%"

    def sample(self, rng: random.Random) -> Any:
        return rounded(Number(rng.randint(0, 100)) / 100, self.digits)
