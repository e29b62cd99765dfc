"""The type of a column with sealed values: opened when they are read, compared by their blind marks, never ordered."""

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators

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
