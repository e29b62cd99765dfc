"""Operators that measure a time against now."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext

from portal.fields.durations import Duration
from portal.fields.field_type import FieldType
from portal.fields.operator import Operator


class OlderThan(Operator):
    """Further back than so long ago."""

    key: ClassVar[str] = "older_than"
    label: ClassVar[Any] = lazy_gettext("is longer ago than")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is more than %(value)s ago")
    takes: ClassVar[str] = "duration"

    def parse(self, raw: Any, field_type: FieldType) -> Any:
        return Duration.parse(raw)

    def bind(self, right: Any, field_type: FieldType, now: datetime, me: Any) -> Any:
        return field_type.at(right.before(now))

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and bool(left < right)

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column.is_not(None), column < right)


class NewerThan(OlderThan):
    """At most so long ago, or still to come."""

    key: ClassVar[str] = "newer_than"
    label: ClassVar[Any] = lazy_gettext("is in the last")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is at most %(value)s ago")

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and bool(left >= right)

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column.is_not(None), column >= right)


class Within(OlderThan):
    """From now on, no further ahead than so long."""

    key: ClassVar[str] = "within"
    label: ClassVar[Any] = lazy_gettext("is in the next")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s is within the next %(value)s")

    def bind(self, right: Any, field_type: FieldType, now: datetime, me: Any) -> Any:
        return field_type.at(now), field_type.at(right.after(now))

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and bool(right[0] <= left <= right[1])

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column.is_not(None), column >= right[0], column <= right[1])
