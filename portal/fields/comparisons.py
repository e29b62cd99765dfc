"""Operators that compare one value: equal, more, less, empty, mine."""

from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext

from portal.fields.field_type import FieldError, FieldType
from portal.fields.numerals import clean, half_width
from portal.fields.operator import Operator, parse_side, side_text


class Equal(Operator):
    key: ClassVar[str] = "eq"
    label: ClassVar[Any] = lazy_gettext("is")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is %(value)s")

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and bool(left == right)

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column.is_not(None), column == right)


class NotEqual(Operator):
    key: ClassVar[str] = "ne"
    label: ClassVar[Any] = lazy_gettext("is not")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is not %(value)s")

    def matches(self, left: Any, right: Any) -> bool:
        return bool(left != right)

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.or_(column.is_(None), column != right)


class Ordered(Operator):
    """More or less than; `end` says that a day on the right means its last moment."""

    compare: ClassVar[Any]
    end: ClassVar[bool] = False

    def parse(self, raw: Any, field_type: FieldType) -> Any:
        return parse_side(raw, field_type, self.end)

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and bool(type(self).compare(left, right))

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column.is_not(None), type(self).compare(column, right))


class More(Ordered):
    key: ClassVar[str] = "gt"
    label: ClassVar[Any] = lazy_gettext("is more than")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is more than %(value)s")
    compare: ClassVar[Any] = gt
    end: ClassVar[bool] = True


class AtLeast(Ordered):
    key: ClassVar[str] = "gte"
    label: ClassVar[Any] = lazy_gettext("is at least")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is at least %(value)s")
    compare: ClassVar[Any] = ge


class Less(Ordered):
    key: ClassVar[str] = "lt"
    label: ClassVar[Any] = lazy_gettext("is less than")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is less than %(value)s")
    compare: ClassVar[Any] = lt


class AtMost(Ordered):
    key: ClassVar[str] = "lte"
    label: ClassVar[Any] = lazy_gettext("is at most")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is at most %(value)s")
    compare: ClassVar[Any] = le
    end: ClassVar[bool] = True


class Before(Less):
    key: ClassVar[str] = "before"
    label: ClassVar[Any] = lazy_gettext("is before")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is before %(value)s")


class After(More):
    key: ClassVar[str] = "after"
    label: ClassVar[Any] = lazy_gettext("is after")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is after %(value)s")


class Between(Operator):
    key: ClassVar[str] = "between"
    label: ClassVar[Any] = lazy_gettext("is between")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is between %(low)s and %(high)s")
    takes: ClassVar[str] = "two"

    def parse(self, raw: Any, field_type: FieldType) -> Any:
        ends = raw if isinstance(raw, list | tuple) else [raw]
        if len(ends) != 2:
            raise FieldError(lazy_gettext("Give two values: from and to."))
        return parse_side(ends[0], field_type), parse_side(ends[1], field_type, end=True)

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and bool(right[0] <= left <= right[1])

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column.is_not(None), column >= right[0], column <= right[1])

    def sentence(self, field: Any, right: Any) -> str:
        low, high = (side_text(field.type, end) for end in right)
        return str(self.phrase) % {"field": field.label, "low": low, "high": high}


class Empty(Operator):
    """True for nothing; `empty: false` asks for the contrary."""

    key: ClassVar[str] = "empty"
    label: ClassVar[Any] = lazy_gettext("is empty")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is empty")
    takes: ClassVar[str] = "nothing"

    def parse(self, raw: Any, field_type: FieldType) -> Any:
        if raw is None or isinstance(raw, bool):
            return raw is not False
        word = half_width(clean(raw)).lower()
        if word not in ("", "1", "0", "true", "false", "yes", "no"):
            raise FieldError(lazy_gettext("Answer yes or no."))
        return word not in ("0", "false", "no")

    def matches(self, left: Any, right: Any) -> bool:
        return (left is None) is right

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return column.is_(None) if right else column.is_not(None)

    def sentence(self, field: Any, right: Any) -> str:
        phrase = self.phrase if right else self.contrary
        return str(phrase) % {"field": field.label}

    def dump(self, right: Any, field_type: FieldType) -> Any:
        return right

    contrary: ClassVar[Any] = lazy_gettext("%(field)s is filled in")


class Filled(Empty):
    key: ClassVar[str] = "filled"
    label: ClassVar[Any] = lazy_gettext("is filled in")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is filled in")
    contrary: ClassVar[Any] = lazy_gettext("%(field)s is empty")

    def matches(self, left: Any, right: Any) -> bool:
        return (left is not None) is right

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return column.is_not(None) if right else column.is_(None)


class Mine(Empty):
    """The person, team or office on the left is that of whoever asks."""

    key: ClassVar[str] = "is_mine"
    is_exact: ClassVar[bool] = False
    label: ClassVar[Any] = lazy_gettext("is mine")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is mine")
    contrary: ClassVar[Any] = lazy_gettext("%(field)s is not mine")

    def bind(self, right: Any, field_type: FieldType, now: datetime, me: Any) -> Any:
        return right, field_type.own(me)

    def matches(self, left: Any, right: Any) -> bool:
        wanted, mine = right
        return (left is not None and mine is not None and left == mine) is wanted

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        wanted, mine = right
        if mine is None:
            return sa.false() if wanted else sa.true()
        same = sa.and_(column.is_not(None), column == mine)
        return same if wanted else sa.not_(same)


class Me(Mine):
    key: ClassVar[str] = "is_me"
    label: ClassVar[Any] = lazy_gettext("is me")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is me")
    contrary: ClassVar[Any] = lazy_gettext("%(field)s is not me")
