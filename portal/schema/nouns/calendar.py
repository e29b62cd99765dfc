"""`calendars/<key>.yml`: working hours of the week, holidays and make-up workdays."""

from datetime import date, time
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from flask_babel import lazy_gettext as _l
from pydantic import BeforeValidator
from pydantic import Field as Key_

from portal.fields import Text
from portal.schema.holidays import DATA_SETS, days
from portal.schema.nouns.base import Key, Noun, parse_time

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEK: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Shift = tuple[time, time]


def _shifts(value: object) -> object:
    """Read `["09:00-12:00", "13:30-18:00"]`: in order, without overlap."""
    if not isinstance(value, list | tuple):
        raise ValueError(_l('working hours read like ["09:00-12:00", "13:30-18:00"]'))
    shifts = [shift if isinstance(shift, tuple) else _shift(str(shift)) for shift in value]
    for before, after in pairwise(shifts):
        if after[0] < before[1]:
            times = {"start": f"{after[0]:%H:%M}", "end": f"{before[1]:%H:%M}"}
            raise ValueError(_l("overlap: %(start)s is before %(end)s", **times))
    return tuple(shifts)


def _shift(text: str) -> Shift:
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError(_l('working hours read like "09:00-12:00"'))
    shift = (parse_time(start.strip()), parse_time(end.strip()))
    if shift[0] >= shift[1]:
        raise ValueError(_l("%(text)s: the end must be after the start", text=text))
    return shift


Shifts = Annotated[tuple[Shift, ...], BeforeValidator(_shifts)]


class CalendarNoun(Noun):
    """Several intervals a day; `holidays` names a shipped data set, `off` and `work` are the office's own dates."""

    named: ClassVar[str] = "calendar"
    calendar: Key
    label: Text
    zone: str = "Asia/Shanghai"
    week: dict[Day, Shifts]
    holidays: Literal[DATA_SETS] | None = None  # type: ignore[valid-type]
    off: tuple[date, ...] = ()
    work: dict[date, Shifts] = Key_(default_factory=dict)

    def weekdays(self) -> dict[int, tuple[Shift, ...]]:
        """Return the shifts per weekday, Monday is 0; a day that is missing is free."""
        return {WEEK.index(day): shifts for day, shifts in self.week.items()}

    def dates(self) -> dict[date, tuple[Shift, ...]]:
        """Return the shifts of days that differ from their weekday: () for days off; make-up days work as a Monday."""
        usual = self.week.get("monday", ())
        known = {day: () if is_off else usual for day, is_off in days(self.holidays).items()}
        return {**known, **dict.fromkeys(self.off, ()), **self.work}
