"""Moments."""

import random
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext

from portal import clock
from portal.extensions import UtcDateTime
from portal.fields.date import TIME_OPERATORS, read_date
from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import clean, half_width

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
_DAY_AND_TIME = re.compile(r"(.+?)[T\s]+(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?|分)?")


def read_moment(raw: object) -> datetime:
    """The moment in text or a native value, in UTC; without an offset it is meant in the office's zone."""
    if isinstance(raw, datetime):
        return _utc(raw)
    if isinstance(raw, date):
        return _utc(datetime.combine(raw, time()))
    text = half_width(clean(raw))
    try:
        if _ISO.fullmatch(text):
            return _utc(datetime.fromisoformat(text))
        if match := _DAY_AND_TIME.fullmatch(text):
            hour, minute, second = (int(part or 0) for part in match.groups()[1:])
            return _utc(datetime.combine(read_date(match[1]), time(hour, minute, second)))
    except (ValueError, OverflowError) as error:
        raise FieldError(lazy_gettext("Enter a date and time, for example 2026-03-31 14:30.")) from error
    return _utc(datetime.combine(read_date(text), time()))


def _utc(value: datetime) -> datetime:
    if not 1000 <= value.year <= 9998:
        raise FieldError(lazy_gettext("Enter a day that exists in the calendar."))
    return (value if value.tzinfo else value.replace(tzinfo=clock.zone())).astimezone(UTC)


class DateTime(FieldType):
    """A moment, kept in UTC and shown in the office's zone."""

    key: ClassVar[str] = "datetime"
    label: ClassVar[Text] = Text(zh="日期时间", en="Date and time")
    operators: ClassVar[tuple[str, ...]] = TIME_OPERATORS
    is_time: ClassVar[bool] = True
    input_key: ClassVar[str] = "datetime"
    sheet_format: ClassVar[str | None] = "yyyy-mm-dd hh:mm:ss"

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return UtcDateTime()

    def read(self, raw: Any) -> datetime:
        return read_moment(raw)

    def parse_end(self, raw: object) -> Any:
        value = self.parse(raw)
        if isinstance(raw, datetime) or value is None:
            return value
        try:
            read_date(raw)
        except FieldError:
            return value
        return value + timedelta(days=1) - timedelta(microseconds=1)

    def dump(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def load(self, json: Any) -> Any:
        return None if json is None else datetime.fromisoformat(json)

    def text(self, value: Any) -> str:
        return "" if value is None else f"{clock.to_zone(value):%Y-%m-%d %H:%M}"

    def input_text(self, value: Any) -> str:
        return "" if value is None else f"{clock.to_zone(value):%Y-%m-%d %H:%M:%S}".removesuffix(":00")

    def export(self, value: Any) -> Any:
        return None if value is None else clock.to_zone(value).replace(tzinfo=None)

    def at(self, moment: datetime) -> Any:
        return moment

    def sample(self, rng: random.Random) -> Any:
        return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randint(0, 1_000_000))
