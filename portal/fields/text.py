"""One line of text."""

import random
import re
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext
from pydantic import Field, field_validator

from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text as Label
from portal.fields.numerals import clean

TEXT_OPERATORS = ("contains", "starts", "eq", "ne", "in", "not_in", "empty", "filled")
_WORDS = ("朝阳", "云帆", "华信", "Blue River", "北辰", "星河", "Acme", "瑞丰", "Kestrel", "明德")


class Text(FieldType):
    """One line of text."""

    key: ClassVar[str] = "text"
    label: ClassVar[Label] = Label(zh="文本", en="Text")
    operand: ClassVar[str | None] = "text"
    operators: ClassVar[tuple[str, ...]] = TEXT_OPERATORS
    sealable: ClassVar[bool] = True

    max_length: int = Field(default=255, ge=1, le=600)
    min_length: int = Field(default=0, ge=0)
    pattern: str | None = None
    pattern_hint: Label | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.Text()

    def read(self, raw: Any) -> str | None:
        text = " ".join(clean(raw).split())
        self.check(text)
        return text or None

    def check(self, text: str) -> None:
        """Raises FieldError where length or pattern do not fit."""
        if len(text) > self.max_length:
            raise FieldError(lazy_gettext("Enter at most %(count)s characters.", count=self.max_length))
        if len(text) < self.min_length:
            raise FieldError(lazy_gettext("Enter at least %(count)s characters.", count=self.min_length))
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise FieldError(self.pattern_hint or lazy_gettext("Enter it in the expected form."))

    def mask(self, value: Any) -> str:
        return value[0] + "••" if value else ""

    def sample(self, rng: random.Random) -> Any:
        return f"{rng.choice(_WORDS)} {rng.randint(1, 99)}"[: self.max_length]
