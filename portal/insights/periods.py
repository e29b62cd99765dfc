"""The stretch of days a report speaks of, and how a chart cuts it into days, weeks or months."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from babel.dates import format_date, format_skeleton
from flask_babel import get_locale

from portal import clock

Unit = Literal["day", "week", "month", "quarter", "year"]
UNITS: tuple[Unit, ...] = ("month", "week", "day")
LONGEST: dict[Unit, int] = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
FEWEST_BUCKETS = 3


def _locale() -> Any:
    return get_locale() or "zh_Hans_CN"


def first_of(unit: Unit, day: date) -> date:
    """Return the first day of the week (Monday), month, quarter or year that holds the day."""
    starts: dict[Unit, Callable[[], date]] = {
        "day": lambda: day,
        "week": lambda: day - timedelta(days=day.weekday()),
        "month": lambda: day.replace(day=1),
        "quarter": lambda: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": lambda: day.replace(month=1, day=1),
    }
    return starts[unit]()


def following(unit: Unit, day: date) -> date:
    """Return the first day of the next week, month, quarter or year."""
    return first_of(unit, first_of(unit, day) + timedelta(days=LONGEST[unit]))


@dataclass(frozen=True)
class Period:
    """Days from `start` to `end`, both included, in the portal's zone."""

    start: date
    end: date

    @classmethod
    def holding(cls, unit: Unit, day: date) -> "Period":
        """The whole week, month, quarter or year around a day."""
        return cls(first_of(unit, day), following(unit, day) - timedelta(days=1))

    @classmethod
    def last_full(cls, unit: Unit, today: date) -> "Period":
        """The last one that has ended before today."""
        return cls.holding(unit, first_of(unit, today) - timedelta(days=1))

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The same as UTC moments, the end not included."""
        zone = clock.zone()
        begin = datetime.combine(self.start, time(), zone)
        return begin.astimezone(UTC), datetime.combine(self.end + timedelta(days=1), time(), zone).astimezone(UTC)

    def buckets(self, unit: Unit) -> "tuple[Unit, list[Period]]":
        """Cut into units; where that gives fewer than three, into the next finer ones."""
        for finer in UNITS[UNITS.index(unit) :] if unit in UNITS else UNITS:
            cut = list(self._cut(finer))
            if len(cut) >= FEWEST_BUCKETS:
                break
        return finer, cut

    def _cut(self, unit: Unit) -> "Iterator[Period]":
        day = self.start
        while day <= self.end:
            after = following(unit, day)
            yield Period(day, min(after - timedelta(days=1), self.end))
            day = after

    def name(self, unit: Unit) -> str:
        """What an axis calls this bucket: "Mar" or "3/16"."""
        return str(format_skeleton("MMM" if unit == "month" else "Md", self.start, locale=_locale()))

    def __str__(self) -> str:
        if self == Period.holding("month", self.start):
            return str(format_skeleton("yMMMM", self.start, locale=_locale()))
        return " – ".join(format_date(day, "long", locale=_locale()) for day in (self.start, self.end))
