"""Several lines of text."""

from typing import Any, ClassVar

from pydantic import Field

from portal.fields.labels import Text as Label
from portal.fields.numerals import clean
from portal.fields.text import Text


class LongText(Text):
    """Text of several lines."""

    key: ClassVar[str] = "long_text"
    label: ClassVar[Label] = Label(zh="长文本", en="Long text")
    operand: ClassVar[str | None] = "text"
    operators: ClassVar[tuple[str, ...]] = ("contains", "starts", "empty", "filled")
    scalar_operator: ClassVar[str] = "contains"
    filterable: ClassVar[bool] = False
    sortable: ClassVar[bool] = False
    input_key: ClassVar[str] = "long_text"
    show_key: ClassVar[str | None] = "long_text"

    max_length: int = Field(default=20_000, ge=1, le=200_000)

    def read(self, raw: Any) -> str | None:
        text = "\n".join(line.rstrip() for line in clean(raw).splitlines()).strip()
        self.check(text)
        return text or None
