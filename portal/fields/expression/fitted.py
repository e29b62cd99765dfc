"""The value of a formula as its field stores it: rounded, and blank where it is too large to be exact."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.fields.expression.functions import round_to
from portal.fields.expression.nodes import Columns, Node
from portal.fields.expression.rendered import Sql, rounded
from portal.fields.numerals import MAX_DIGITS


@dataclass(frozen=True)
class Fitted(Node):
    """A number with the digits of its field; beyond 15 digits it is blank on both engines, for no double holds it."""

    inner: Node
    digits: int
    is_whole: bool = False
    kind: str = "number"

    def value(self, values: Mapping[str, Any]) -> Any:
        found = self.inner.value(values)
        if found is None:
            return None
        result = round_to(found, self.digits)
        if abs(result) >= 10 ** (MAX_DIGITS - self.digits):
            return None
        return int(result) if self.is_whole else result

    def sql(self, columns: Columns) -> Sql:
        result = rounded(self.inner.sql(columns), self.digits)
        limit: Sql = sa.literal_column(f"1{'0' * (MAX_DIGITS - self.digits)}")
        return sa.case((sa.func.abs(result) < limit, result))

    def canon(self, names: Mapping[str, str]) -> str:
        return f"fitted({self.inner.canon(names)}, {self.digits})"

    def asks(self) -> frozenset[str]:
        return self.inner.asks()
