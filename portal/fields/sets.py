"""Operators on lists and on parts of a text."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext

from portal.fields.field_type import FieldError, FieldType
from portal.fields.links import Ids
from portal.fields.numerals import clean
from portal.fields.operator import Operator, parse_side
from portal.fields.texts import AsciiLower, Position, ascii_lower


def _list(raw: Any) -> list[Any]:
    items = list(raw) if isinstance(raw, list | tuple) else [raw]
    if not items:
        raise FieldError(lazy_gettext("Give at least one value."))
    return items


class In(Operator):
    key: ClassVar[str] = "in"
    label: ClassVar[Any] = lazy_gettext("is one of")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is %(value)s")
    takes: ClassVar[str] = "many"

    def parse(self, raw: Any, field_type: FieldType) -> Any:
        return tuple(dict.fromkeys(parse_side(item, field_type) for item in _list(raw)))

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and left in right

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column.is_not(None), column.in_(right))


class NotIn(In):
    key: ClassVar[str] = "not_in"
    label: ClassVar[Any] = lazy_gettext("is none of")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is not %(value)s")

    def matches(self, left: Any, right: Any) -> bool:
        return left not in right

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.or_(column.is_(None), column.not_in(right))


class HasAny(Operator):
    """The many values on the left hold one of those on the right."""

    key: ClassVar[str] = "has_any"
    label: ClassVar[Any] = lazy_gettext("has any of")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s include %(value)s")
    takes: ClassVar[str] = "many"

    def parse(self, raw: Any, field_type: Any) -> Any:
        return tuple(dict.fromkeys(field_type.read_one(item) for item in _list(raw)))

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and any(word in left for word in right)

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column.is_not(None), sa.or_(*(_holds(column, word) for word in right)))

    def shown(self, field_type: Any, right: Any) -> str:
        return gettext(" or ").join(field_type.word(word) for word in right)

    def dump(self, right: Any, field_type: FieldType) -> Any:
        return list(right)


def _holds(column: sa.ColumnElement[Any], word: Any) -> sa.ColumnElement[bool]:
    if isinstance(column.type, Ids) and column.type.links is not None:
        return column.type.pointing(column, word)
    return Position(sa.type_coerce(column, sa.Text()), sa.literal(f"|{word}|", sa.Text())) > 0


class HasAll(HasAny):
    key: ClassVar[str] = "has_all"
    label: ClassVar[Any] = lazy_gettext("has all of")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s include %(value)s")

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and all(word in left for word in right)

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column.is_not(None), *(_holds(column, word) for word in right))

    def shown(self, field_type: Any, right: Any) -> str:
        return gettext(" and ").join(field_type.word(word) for word in right)


class Has(HasAll):
    key: ClassVar[str] = "has"
    label: ClassVar[Any] = lazy_gettext("has")
    takes: ClassVar[str] = "one"

    def dump(self, right: Any, field_type: FieldType) -> Any:
        return right[0] if len(right) == 1 else list(right)


class HasNone(HasAny):
    key: ClassVar[str] = "has_none"
    label: ClassVar[Any] = lazy_gettext("has none of")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s do not include %(value)s")

    def matches(self, left: Any, right: Any) -> bool:
        return not super().matches(left, right)

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.not_(super().where(column, right))


class Contains(Operator):
    """The text on the right stands anywhere in the left; A–Z in any case."""

    key: ClassVar[str] = "contains"
    is_exact: ClassVar[bool] = False
    label: ClassVar[Any] = lazy_gettext("contains")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s contains “%(value)s”")

    def parse(self, raw: Any, field_type: FieldType) -> Any:
        text = clean(raw) if raw is not None else ""
        if not text:
            raise FieldError(lazy_gettext("Give a value to compare with."))
        return text

    def bind(self, right: Any, field_type: FieldType, now: datetime, me: Any) -> Any:
        return field_type.sought(right)

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and right.is_in(left)

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column.is_not(None), right.where(column))

    def shown(self, field_type: FieldType, right: Any) -> str:
        return str(right)

    def dump(self, right: Any, field_type: FieldType) -> Any:
        return right


class Starts(Contains):
    key: ClassVar[str] = "starts"
    label: ClassVar[Any] = lazy_gettext("starts with")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s starts with “%(value)s”")

    def bind(self, right: Any, field_type: FieldType, now: datetime, me: Any) -> Any:
        return right

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and ascii_lower(left).startswith(ascii_lower(right))

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        beginning = sa.func.substr(AsciiLower(column), 1, len(right))
        return sa.and_(column.is_not(None), beginning == ascii_lower(right))
