"""Amounts of money."""

from typing import Any, ClassVar, Literal

from portal.fields.decimal import Decimal
from portal.fields.labels import Text
from portal.fields.numerals import CURRENCIES


class Money(Decimal):
    """An amount in one currency, two digits after the point."""

    key: ClassVar[str] = "money"
    label: ClassVar[Text] = Text(zh="金额", en="Money")
    input_key: ClassVar[str] = "money"
    sheet_format: ClassVar[str | None] = "#,##0.00"

    digits: Literal[2] = 2
    currency: str = "CNY"

    @property
    def sign(self) -> str:
        """The currency's sign, or its code."""
        return CURRENCIES.get(self.currency, self.currency + " ")

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        return f"{'-' if value < 0 else ''}{self.sign}{abs(value):,.2f}"
