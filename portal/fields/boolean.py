"""Yes or no."""

import random
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext

from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import clean, half_width

_YES = {"1", "true", "yes", "y", "on", "t", "是", "对", "有", "真", "√", "✓"}
_NO = {"0", "false", "no", "n", "off", "f", "否", "不", "无", "假", "×", "✗"}


class Boolean(FieldType):
    """Yes, no or not said."""

    key: ClassVar[str] = "boolean"
    label: ClassVar[Text] = Text(zh="是否", en="Yes or no")
    operand: ClassVar[str | None] = "boolean"
    operators: ClassVar[tuple[str, ...]] = ("eq", "ne", "empty", "filled")
    grouped_by: ClassVar[str | None] = "eq"
    input_key: ClassVar[str] = "boolean"
    show_key: ClassVar[str | None] = "boolean"

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.Boolean()

    def read(self, raw: Any) -> bool:
        if isinstance(raw, bool):
            return raw
        word = half_width(clean(raw)).lower()
        if word not in _YES | _NO:
            raise FieldError(lazy_gettext("Answer yes or no."))
        return word in _YES

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        return gettext("Yes") if value else gettext("No")

    def input_text(self, value: Any) -> str:
        return "" if value is None else "1" if value else "0"

    def export(self, value: Any) -> Any:
        return None if value is None else self.text(value)

    def sample(self, rng: random.Random) -> Any:
        return rng.random() < 0.5
