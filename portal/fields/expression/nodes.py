"""The tree of a formula: literals, fields and calls; each knows its kind, its value and its SQL."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.fields.expression.functions import Function
from portal.fields.expression.rendered import Sql, number

Columns = Mapping[str, Sql]


class Node(ABC):
    """A part of a formula; its kind is number, text, boolean, date or blank."""

    kind: str

    @abstractmethod
    def value(self, values: Mapping[str, Any]) -> Any:
        """What it gives for a record with these values: Decimal, str, bool, date or None."""

    @abstractmethod
    def sql(self, columns: Columns) -> Sql:
        """The same in SQL; columns by the fields' keys."""

    @abstractmethod
    def canon(self, names: Mapping[str, str]) -> str:
        """The same formula always as the same text, with the fields under other names."""

    def asks(self) -> frozenset[str]:
        """The fields it asks for."""
        return frozenset()


@dataclass(frozen=True)
class Literal(Node):
    """A number, a text, yes or no, or blank, as it was written."""

    kind: str
    written: Any

    def value(self, values: Mapping[str, Any]) -> Any:
        return self.written

    def sql(self, columns: Columns) -> Sql:
        if isinstance(self.written, bool):
            return sa.true() if self.written else sa.false()
        if isinstance(self.written, Decimal):
            return number(sa.literal_column(f"{self.written:f}"))
        if self.written is None:
            return sa.null()
        quoted = self.written.replace("'", "''")
        return sa.literal_column(f"'{quoted}'", sa.Text())

    def canon(self, names: Mapping[str, str]) -> str:
        return repr(self.written)


@dataclass(frozen=True)
class Ref(Node):
    """A field of the same record."""

    kind: str
    key: str

    def value(self, values: Mapping[str, Any]) -> Any:
        held = values.get(self.key)
        if self.kind == "boolean":
            return bool(held)
        return Decimal(held) if held is not None and self.kind == "number" else held

    def sql(self, columns: Columns) -> Sql:
        column = columns[self.key]
        if self.kind == "number":
            return number(column)
        return sa.func.coalesce(column, sa.false()) if self.kind == "boolean" else column

    def canon(self, names: Mapping[str, str]) -> str:
        return names[self.key]

    def asks(self) -> frozenset[str]:
        return frozenset({self.key})


@dataclass(frozen=True)
class Call(Node):
    """A function or operator with its arguments; `places` are whole numbers that stand in the formula itself."""

    kind: str
    function: Function
    arguments: tuple[Node, ...]
    places: tuple[int, ...] = ()

    def value(self, values: Mapping[str, Any]) -> Any:
        given = [argument.value(values) for argument in self.arguments]
        if self.function.is_strict and any(one is None for one in given):
            return None
        return self.function.value(*given, *self.places)

    def sql(self, columns: Columns) -> Sql:
        return self.function.sql(*(argument.sql(columns) for argument in self.arguments), *self.places)

    def canon(self, names: Mapping[str, str]) -> str:
        parts = [argument.canon(names) for argument in self.arguments]
        return f"{self.function.name}({', '.join([*parts, *map(str, self.places)])})"

    def asks(self) -> frozenset[str]:
        return frozenset().union(*(argument.asks() for argument in self.arguments))
