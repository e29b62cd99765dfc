"""What `contains` looks for, in both faces."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.fields.texts import AsciiLower, Position, ascii_lower


@dataclass(frozen=True)
class Sought:
    """Characters that stand anywhere in a value; A–Z in any case."""

    text: str

    def is_in(self, value: Any) -> bool:
        """Whether the value holds them."""
        return ascii_lower(self.text) in ascii_lower(value)

    def where(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """The same in SQL, for a value that is there."""
        return Position(AsciiLower(column), sa.literal(ascii_lower(self.text), sa.Text())) > 0
