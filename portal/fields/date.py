"""Days."""

import random
import re
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext

from portal import clock
from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import clean, half_width

TIME_OPERATORS = (
    "eq", "ne", "before", "after", "gt", "gte", "lt", "lte", "between",
    "older_than", "newer_than", "within", "empty", "filled",
)  # fmt: skip
_FIRST_YEAR, _LAST_YEAR = 1000, 9998
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MIDNIGHT = re.compile(r"[T ]+0{1,2}:00(:00(\.0+)?)?(Z|\+00:?00)?$")


def read_date(raw: object) -> date:
    """The day in `2026-03-31`, `2026/3/31`, `31/03/2026`, `3/31/2026`, `2026年3月31日`, `20260331` or a native one.

    Where day and month could both be meant (`03/04/2026`), the day comes first. Raises FieldError.
    """
    if isinstance(raw, datetime):
        raw = clock.to_zone(raw).date() if raw.tzinfo else raw.date()
    if isinstance(raw, date):
        return _checked(raw.year, raw.month, raw.day)
    text = _MIDNIGHT.sub("", half_width(clean(raw)))
    if match := _YEAR_FIRST.fullmatch(text) or _PACKED.fullmatch(text):
        return _checked(*map(int, match.groups()))
    if match := _YEAR_LAST.fullmatch(text):
        day, month, year = map(int, match.groups())
        return _checked(year, day, month) if month > 12 >= day else _checked(year, month, day)
    raise FieldError(lazy_gettext("Enter a date, for example 2026-03-31."))


def _checked(year: int, month: int, day: int) -> date:
    try:
        value = date(year, month, day)
    except ValueError as error:
        raise FieldError(lazy_gettext("Enter a day that exists in the calendar.")) from error
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise FieldError(lazy_gettext("Enter a day that exists in the calendar."))
    return value


class Date(FieldType):
    """A day, without time."""

    key: ClassVar[str] = "date"
    label: ClassVar[Text] = Text(zh="日期", en="Date")
    operand: ClassVar[str | None] = "date"
    operators: ClassVar[tuple[str, ...]] = TIME_OPERATORS
    is_time: ClassVar[bool] = True
    input_key: ClassVar[str] = "date"
    sheet_format: ClassVar[str | None] = "yyyy-mm-dd"

    min: date | None = None
    max: date | None = None

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.Date()

    def read(self, raw: Any) -> date:
        value = read_date(raw)
        if self.min is not None and value < self.min:
            raise FieldError(lazy_gettext("Enter a day from %(bound)s on.", bound=self.min.isoformat()))
        if self.max is not None and value > self.max:
            raise FieldError(lazy_gettext("Enter a day up to %(bound)s.", bound=self.max.isoformat()))
        return value

    def dump(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def load(self, json: Any) -> Any:
        return None if json is None else date.fromisoformat(json)

    def export(self, value: Any) -> Any:
        return value

    def at(self, moment: datetime) -> Any:
        return clock.to_zone(moment).date()

    def sample(self, rng: random.Random) -> Any:
        return date(2025, 1, 1) + timedelta(days=rng.randint(0, 700))
