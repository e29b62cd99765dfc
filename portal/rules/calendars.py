"""Working time: several shifts a day, holidays and dated shifts such as make-up workdays."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal import clock, schema
from portal.schema import Catalog

Shift = tuple[time, time]  # local start and end; an end of 00:00 means midnight at the end of the day
Span = tuple[datetime, datetime]  # aware start and end

HORIZON = timedelta(days=3660)  # a calendar that never opens must not be searched for ever


class NeverOpen(ValueError):
    """Raised when a calendar has too little working time within ten years."""


@dataclass(frozen=True)
class Calendar:
    """Shifts of each weekday (0 = Monday) in one zone; `days` overrides single dates, an empty tuple closes one."""

    zone: ZoneInfo
    week: Mapping[int, tuple[Shift, ...]]
    days: Mapping[date, tuple[Shift, ...]] = field(default_factory=dict)

    def shifts(self, day: date) -> tuple[Shift, ...]:
        """Return the local shifts worked on a date, earliest first."""
        return self.days[day] if day in self.days else self.week.get(day.weekday(), ())

    def is_workday(self, day: date) -> bool:
        """Tell whether anybody works on a date."""
        return bool(self.shifts(day))

    def workdays(self, first: date, last: date) -> int:
        """Count the workdays from one date to another, both included."""
        return sum(self.is_workday(day) for day in _dates(first, last))

    def add_workdays(self, day: date, number: int) -> date:
        """Return the date that many workdays later (earlier when negative); 0 gives the day or the next workday."""
        if number == 0:
            return self._workday_from(day, 1)
        step = 1 if number > 0 else -1
        for _ in range(abs(number)):
            day = self._workday_from(day + timedelta(days=step), step)
        return day

    def _workday_from(self, day: date, step: int) -> date:
        for distance in range(HORIZON.days):
            candidate = day + timedelta(days=distance * step)
            if self.is_workday(candidate):
                return candidate
        raise NeverOpen("no workday within ten years")

    def add_minutes(self, start: datetime, minutes: float, pauses: Iterable[Span] = ()) -> datetime:
        """Return the UTC moment after that many working minutes outside the pauses; 0 gives the start itself."""
        left = timedelta(minutes=minutes)
        if left <= timedelta(0):
            return start.astimezone(UTC)
        for opened, closed in self._open_spans(start, start + HORIZON, pauses):
            if closed - opened >= left:
                return opened + left
            left -= closed - opened
        raise NeverOpen("not enough working time within ten years")

    def minutes_between(self, start: datetime, end: datetime, pauses: Iterable[Span] = ()) -> float:
        """Return the working minutes between two moments outside the pauses; never negative."""
        worked = (closed - opened for opened, closed in self._open_spans(start, end, pauses))
        return sum(worked, timedelta(0)).total_seconds() / 60

    def is_open(self, moment: datetime) -> bool:
        """Tell whether a moment lies within a shift (its start counts, its end does not)."""
        day = moment.astimezone(self.zone).date()
        return any(opened <= moment < closed for opened, closed in self._day_spans(day))

    def next_open(self, moment: datetime) -> datetime:
        """Return the moment itself when open, else the UTC start of the next shift."""
        for opened, closed in self._open_spans(moment, moment + HORIZON, ()):
            if closed > moment:
                return opened
        raise NeverOpen("no working time within ten years")

    def _open_spans(self, start: datetime, end: datetime, pauses: Iterable[Span]) -> Iterator[Span]:
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        paused = _merged(pauses)
        for day in _dates(start.astimezone(self.zone).date(), end.astimezone(self.zone).date()):
            for opened, closed in self._day_spans(day):
                yield from _without((max(opened, start), min(closed, end)), paused)

    def _day_spans(self, day: date) -> Iterator[Span]:
        for opened, closed in self.shifts(day):
            last = day + timedelta(days=1) if closed == time(0) else day
            yield self._moment(day, opened), self._moment(last, closed)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def named(key: str | None = None, catalog: Catalog | None = None) -> Calendar:
    """Return a calendar of the release, or its first where none is named; without any, every minute counts."""
    nouns = (catalog or schema.current()).calendars
    noun = nouns.get(key or "") or next(iter(nouns.values()), None)
    if noun is None:
        return Calendar(clock.zone(), dict.fromkeys(range(7), ((time(0), time(0)),)))
    return Calendar(ZoneInfo(noun.zone), noun.weekdays(), noun.dates())


def _dates(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _merged(pauses: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted((start.astimezone(UTC), end.astimezone(UTC)) for start, end in pauses):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif end > start:
            merged.append((start, end))
    return merged


def _without(span: Span, pauses: Sequence[Span]) -> Iterator[Span]:
    opened, closed = span
    for start, end in pauses:
        if end <= opened or start >= closed:
            continue
        if start > opened:
            yield opened, start
        opened = end
    if opened < closed:
        yield opened, closed
