"""Lengths of time, and moments said relative to now."""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from flask_babel import gettext, lazy_gettext, ngettext

from portal import clock
from portal.fields.field_type import FieldError
from portal.fields.numerals import half_width

_UNITS = {
    "minute": "minute", "分钟": "minute", "分": "minute",
    "hour": "hour", "小时": "hour", "时": "hour",
    "day": "day", "天": "day", "日": "day",
    "week": "week", "周": "week", "星期": "week",
    "month": "month", "个月": "month", "月": "month",
    "year": "year", "年": "year",
}  # fmt: skip
_LONGEST = {"minute": 5_000_000, "hour": 90_000, "day": 36_500, "week": 5_200, "month": 1_200, "year": 100}
_DURATION = re.compile(r"(\d{1,7})\s*(\D+)")
_RELATIVE = re.compile(r"(now|today|现在|今天)(?:\s*([+-])\s*(.+))?")


@dataclass(frozen=True)
class Duration:
    """So many of one unit; months and years go by the calendar."""

    count: int
    unit: str

    @classmethod
    def parse(cls, raw: object) -> Self:
        """`30 days`, `1 month`, `30天`, or a bare number of days; raises FieldError."""
        text = half_width(str(raw)).lower()
        if text.isascii() and text.isdigit():
            text += " day"
        match = _DURATION.fullmatch(text)
        word = match[2].strip() if match else ""
        unit = _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))
        if not match or not unit or int(match[1]) > _LONGEST[unit]:
            raise FieldError(lazy_gettext("Enter a length of time, for example 30 days."))
        return cls(int(match[1]), unit)

    def after(self, moment: datetime, sign: int = 1) -> datetime:
        """The moment this much later (earlier with sign -1)."""
        if self.unit in ("month", "year"):
            return _months(moment, sign * self.count * (12 if self.unit == "year" else 1))
        return moment + sign * timedelta(**{f"{self.unit}s": self.count})

    def before(self, moment: datetime) -> datetime:
        """The moment this much earlier."""
        return self.after(moment, -1)

    def dump(self) -> str:
        """As written in YAML."""
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    def text(self) -> str:
        """As people read it."""
        match self.unit:
            case "minute":
                return ngettext("%(num)s minute", "%(num)s minutes", self.count)
            case "hour":
                return ngettext("%(num)s hour", "%(num)s hours", self.count)
            case "day":
                return ngettext("%(num)s day", "%(num)s days", self.count)
            case "week":
                return ngettext("%(num)s week", "%(num)s weeks", self.count)
            case "month":
                return ngettext("%(num)s month", "%(num)s months", self.count)
        return ngettext("%(num)s year", "%(num)s years", self.count)


def _months(moment: datetime, count: int) -> datetime:
    """The same day so many months on, or the month's last day where there is none."""
    local = clock.to_zone(moment)
    year, month = divmod(local.year * 12 + local.month - 1 + count, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(moment.tzinfo)


@dataclass(frozen=True)
class Relative:
    """`today - 7 days` or `now + 2 hours`, settled when it is asked."""

    day: bool
    sign: int = 1
    duration: Duration | None = None

    @classmethod
    def parse(cls, raw: object) -> "Relative | None":
        """The relative moment, or None where the text is none."""
        match = _RELATIVE.fullmatch(half_width(raw).lower()) if isinstance(raw, str) else None
        if not match:
            return None
        duration = Duration.parse(match[3]) if match[3] else None
        return cls(match[1] in ("today", "今天"), -1 if match[2] == "-" else 1, duration)

    def at(self, now: datetime) -> datetime:
        """The moment meant, seen from now."""
        start = now
        if self.day:
            local = clock.to_zone(now).replace(hour=0, minute=0, second=0, microsecond=0)
            start = local.astimezone(now.tzinfo)
        return self.duration.after(start, self.sign) if self.duration else start

    def dump(self) -> str:
        """As written in YAML."""
        base = "today" if self.day else "now"
        return f"{base} {'+' if self.sign > 0 else '-'} {self.duration.dump()}" if self.duration else base

    def text(self) -> str:
        """As people read it."""
        base = gettext("today") if self.day else gettext("now")
        if not self.duration:
            return base
        if self.sign < 0:
            return gettext("%(time)s ago", time=self.duration.text())
        return gettext("%(time)s from now", time=self.duration.text())


def settle(right: Any, field_type: Any, now: datetime) -> Any:
    """The right side with what is relative in it turned into values."""
    if isinstance(right, Relative):
        return field_type.at(right.at(now))
    if isinstance(right, tuple):
        return tuple(settle(part, field_type, now) for part in right)
    return right
