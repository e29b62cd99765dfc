"""What every operator answers."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext

from portal.fields.durations import Duration, Relative, settle
from portal.fields.field import Field
from portal.fields.field_type import FieldError, FieldType


class Operator(ABC):
    """One comparison in its three faces: `matches` in Python, `where` in SQL, `sentence` for people.

    Nothing (None, NULL) on the left is False, but True for the negative ones; `where` is never NULL.
    """

    key: ClassVar[str]
    label: ClassVar[Any]
    phrase: ClassVar[Any]
    takes: ClassVar[str] = "one"  # one, many, two, duration or nothing: what the builder asks for
    is_exact: ClassVar[bool] = True  # answers by whole values alone, so that a few examples show all it can say

    def parse(self, raw: Any, field_type: FieldType) -> Any:
        """The right side from YAML, JSON or the address bar; raises FieldError."""
        return parse_side(raw, field_type)

    def bind(self, right: Any, field_type: FieldType, now: datetime, me: Any) -> Any:
        """The right side seen from now and by me."""
        return settle(right, field_type, now)

    @abstractmethod
    def matches(self, left: Any, right: Any) -> bool:
        """Whether the value passes; the right side is bound."""

    @abstractmethod
    def where(self, column: sa.ColumnElement[Any], right: Any) -> sa.ColumnElement[bool]:
        """The same in SQL."""

    def sentence(self, field: Field, right: Any) -> str:
        """The same for people, in the current locale."""
        return str(self.phrase) % {"field": field.label, "value": self.shown(field.type, right)}

    def shown(self, field_type: FieldType, right: Any) -> str:
        """The right side as people read it."""
        return side_text(field_type, right)

    def dump(self, right: Any, field_type: FieldType) -> Any:
        """The right side as YAML and the address bar write it."""
        return dump_side(right, field_type)


def parse_side(raw: Any, field_type: FieldType, end: bool = False) -> Any:
    """One value, or a moment relative to now where the type is a time; raises FieldError."""
    relative = Relative.parse(raw) if field_type.is_time else None
    if relative:
        return relative
    value = field_type.parse_end(raw) if end else field_type.parse(raw)
    if value is None:
        raise FieldError(lazy_gettext("Give a value to compare with."))
    return value


def side_text(field_type: FieldType, right: Any) -> str:
    """A right side for people."""
    if isinstance(right, Duration | Relative):
        return right.text()
    if isinstance(right, tuple):
        return gettext(" or ").join(side_text(field_type, part) for part in right)
    return field_type.text(right)


def dump_side(right: Any, field_type: FieldType) -> Any:
    """A right side as YAML writes it."""
    if isinstance(right, Duration | Relative):
        return right.dump()
    if isinstance(right, tuple):
        return [dump_side(part, field_type) for part in right]
    return field_type.write(right)
