"""Codes of 18 signs that name one person or organisation: what identity numbers and credit codes share."""

import re
from abc import ABC
from typing import Any, ClassVar

import sqlalchemy as sa

from portal.fields.field_type import FieldType
from portal.fields.numerals import clean, half_width
from portal.fields.text import TEXT_OPERATORS

_BLANKS = re.compile(r"[\s\-‐-―.·]+")
SAMPLE_AREAS = ("110105", "310115", "440305", "330106", "510107")
"""Districts of GB/T 2260 that made-up codes come from."""


class IdentityCode(FieldType, ABC):
    """A code whose last sign is computed from the others; it is kept without blanks, in capitals."""

    operand: ClassVar[str | None] = "text"
    operators: ClassVar[tuple[str, ...]] = TEXT_OPERATORS
    sealable: ClassVar[bool] = True
    has_tail: ClassVar[bool] = True
    identifies: ClassVar[bool] = True
    input_key: ClassVar[str] = "code"
    show_key: ClassVar[str | None] = "code"

    @property
    def max_length(self) -> int:
        """With the blanks people put between the parts."""
        return 24

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.Text()

    def mask(self, value: Any) -> str:
        return f"{'•' * 14}{value[-4:]}" if value else ""


def bare(raw: Any) -> str:
    """What was written without blanks, dashes and full-width forms, in capitals."""
    return _BLANKS.sub("", half_width(clean(raw))).upper()
