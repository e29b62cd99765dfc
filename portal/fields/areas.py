"""Operators on the division an address lies in."""

import re
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext

from portal.fields.field_type import FieldError
from portal.fields.numerals import clean
from portal.fields.operator import Operator


def _words(raw: object) -> list[str]:
    return [word for part in re.split(r"[,，;；、|]", clean(raw)) if (word := part.strip())]


class Inside(Operator):
    """The address lies in one of the divisions; in SQL a range of the column for each."""

    key: ClassVar[str] = "inside"
    label: ClassVar[Any] = lazy_gettext("lies in")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s lies in %(value)s")
    takes: ClassVar[str] = "many"

    def parse(self, raw: Any, field_type: Any) -> Any:
        areas = [area for item in (raw if isinstance(raw, list | tuple) else [raw]) for area in _words(item)]
        if not areas:
            raise FieldError(lazy_gettext("Give at least one value."))
        return tuple(dict.fromkeys(field_type.area(area) for area in areas))

    def matches(self, left: Any, right: Any) -> bool:
        return left is not None and left.startswith(right)

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        ranges = (sa.and_(column >= code, column < str(int(code) + 1)) for code in right)  # 44 ≤ 4403… < 45
        return sa.and_(column.is_not(None), sa.or_(*ranges))

    def shown(self, field_type: Any, right: Any) -> str:
        return gettext(" or ").join(field_type.area_text(code) for code in right)

    def dump(self, right: Any, field_type: Any) -> Any:
        return [field_type.area_text(code) for code in right]


class NotInside(Inside):
    key: ClassVar[str] = "not_inside"
    label: ClassVar[Any] = lazy_gettext("does not lie in")
    phrase: ClassVar[Any] = lazy_gettext("%(field)s does not lie in %(value)s")

    def matches(self, left: Any, right: Any) -> bool:
        return not super().matches(left, right)

    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        return sa.not_(super().where(column, right))
