"""The type of a column with sealed values: opened when they are read, compared by their blind marks, never ordered."""

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.functions import FunctionElement

from portal.vault import places, sealing
from portal.vault.sealing import HEAD, NUMBER, SIGN, Sealed


class SealedText(sa.types.TypeDecorator[str]):
    """Text sealed for its place and its row; the statement that reads it reads the row's id with it.

    Only `Sealed` texts are written. Of comparisons there are: is, is one of, is empty, and their contraries.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    class comparator_factory(sa.types.TypeDecorator.Comparator[str]):  # noqa: N801 - SQLAlchemy's name
        """Says `=` and `IN` of blind marks and refuses the rest."""

        def operate(self, op: Callable[..., Any], *other: Any, **kwargs: Any) -> Any:
            if op in PLAIN or (other and other[0] is None):
                return super().operate(op, *other, **kwargs)
            if op in (operators.eq, operators.ne, operators.in_op, operators.not_in_op):
                many = [other[0]] if op in (operators.eq, operators.ne) else list(other[0])
                found = same(self.expr, self.type.place, many)  # type: ignore[attr-defined]
                return found if op in (operators.eq, operators.in_op) else sa.not_(found)
            raise TypeError(f"a sealed column cannot be asked for {getattr(op, '__name__', op)}")

    def column_expression(self, column: Any) -> Any:
        plain = column
        while not isinstance(plain, sa.ColumnClause):  # labels and coercions around it
            plain = plain.element if isinstance(plain, sa.sql.elements.Label) else plain.clause
        id_: Any = sa.cast(plain.table.c.id, sa.Text)  # type: ignore[union-attr]
        return sa.type_coerce(id_ + sa.literal_column("'.'") + sa.type_coerce(plain, sa.Text()), self)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        if value is None or isinstance(value, Sealed):
            return None if value is None else str(value)
        raise TypeError(f"{self.place} takes sealed values only")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        id_, _dot, text = value.partition(".")
        return sealing.unseal(text, self.place, id_)

    @staticmethod
    def beginning(column: Any) -> sa.ColumnElement[str]:
        """The part of a sealed text that equal values share: what its index is made of."""
        length: Any = sa.literal_column(str(HEAD))
        return sa.func.substr(sa.type_coerce(column, sa.Text()), sa.literal_column("1"), length, type_=sa.Text())

    @staticmethod
    def under(column: Any, key_id: int | None = None) -> sa.ColumnElement[bool]:
        """The rows whose value is sealed, with that key where one is named."""
        text: Any = sa.type_coerce(column, sa.Text())
        is_sealed: sa.ColumnElement[bool] = sa.func.substr(text, 1, len(SIGN)) == SIGN
        number = sa.func.substr(text, HEAD + 1, NUMBER)
        return is_sealed if key_id is None else sa.and_(is_sealed, number == f"{key_id:0{NUMBER}d}")

    @staticmethod
    def others(column: Any, key_id: int) -> sa.ColumnElement[bool]:
        """The rows with a value that is plain, or sealed with another key than that one."""
        return sa.and_(column.is_not(None), sa.not_(SealedText.under(column, key_id)))


PLAIN = (operators.is_, operators.is_not)


def same(column: Any, place: str, values: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether the value of a row is one of these; found by the index of the beginnings."""
    wanted = list(values)
    heads = [head for value in wanted for head in sealing.heads(place, value)]
    found = SealedText.beginning(column).in_(heads)
    return sa.or_(found, sa.type_coerce(column, sa.Text()).in_(wanted)) if places.is_mixed(place) else found


class OpeningText(SealedText):
    """Plain text among which sealed values may be left, which a job opens; all of them are read as they were.

    `=` and `IN` find both; what else is asked in SQL finds the plain ones alone.
    """

    cache_ok = True

    class comparator_factory(sa.types.TypeDecorator.Comparator[str]):  # noqa: N801 - SQLAlchemy's name
        """Says `=` and `IN` of plain values and of blind marks, and all else of what stands there."""

        def operate(self, op: Callable[..., Any], *other: Any, **kwargs: Any) -> Any:
            many = _words(op, other[0]) if other else None
            if many is None:
                return super().operate(op, *other, **kwargs)
            found = left(self.expr, self.type.place, many)  # type: ignore[attr-defined]
            return found if op in (operators.eq, operators.in_op) else sa.not_(found)

    def column_expression(self, column: Any) -> Any:
        plain = column.element if isinstance(column, sa.sql.elements.Label) else column
        table = getattr(plain, "table", None)
        return column if table is None else sa.type_coerce(_Beside(table.c.id, sa.type_coerce(plain, sa.Text())), self)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> str | None:
        if value is None or SIGN not in value:
            return value
        id_, _sign, text = value.partition(SIGN)
        return sealing.unseal(text, self.place, id_) if id_ else None


def _words(op: Callable[..., Any], other: Any) -> list[str] | None:
    """What a column is compared with, where it is compared with values."""
    if op in (operators.eq, operators.ne) and isinstance(other, str):
        return [other]
    if op in (operators.in_op, operators.not_in_op) and isinstance(other, list | tuple | set | frozenset):
        return list(other)
    return None


def left(column: Any, place: str, values: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether the value of a row is one of these, plain or as one of those that are left sealed."""
    wanted = list(values)
    plain = sa.type_coerce(column, sa.Text()).in_(wanted)
    if not places.is_opening(place):
        return plain
    heads = [head for one in wanted for head in sealing.heads(place, one)]
    return sa.or_(plain, SealedText.beginning(column).in_(heads))


class _Beside(FunctionElement[str]):
    """The text with the row's id before it, which it was sealed for; a group of rows has none, and its text is kept."""

    inherit_cache = True


@compiles(_Beside)
def _compiled(element: Any, compiler: Any, **kwargs: Any) -> str:
    id_, text = element.clauses
    sign: Any = sa.literal_column(f"'{SIGN}'")
    select = compiler.stack[-1].get("selectable") if compiler.stack else None
    if getattr(select, "_group_by_clauses", ()):
        is_sealed = sa.func.substr(text, sa.literal_column("1"), sa.literal_column("1")) == sign
        told: Any = sa.case((is_sealed, sa.null()), else_=text)
    else:
        told = sa.cast(id_, sa.Text) + sign + text
    found: str = compiler.process(told, **kwargs)
    return found
