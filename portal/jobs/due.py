"""When a schedule is due.

`every 15 minutes`, `daily 09:00`, `weekdays 09:00`, `weekly mon 08:00`, `monthly 1 08:00`.
"""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = {"second": 1, "minute": 60, "hour": 3600}
EVERY = re.compile(r"every (?:(\d+) )?(second|minute|hour)s?")
AT = re.compile(r"(daily|weekdays|weekly (\w{3})|monthly (\d{1,2})) (\d{1,2}):(\d{2})")


def next_due(spec: str, after: datetime, zone: ZoneInfo) -> datetime:
    """The first due moment later than `after`, aware UTC; raises ValueError for a spec that says nothing."""
    if match := EVERY.fullmatch(spec):
        return _next_step(int(match[1] or 1) * UNITS[match[2]], after)
    match = AT.fullmatch(spec)
    if match is None or (match[2] and match[2] not in DAYS):
        raise ValueError(f"{spec!r} is not a schedule such as 'daily 09:00' or 'weekly mon 08:00'")
    at = time(int(match[4]), int(match[5]))
    day = after.astimezone(zone).date()
    for _ in range(70):
        moment = datetime.combine(day, at, zone).astimezone(UTC)
        if moment > after and _falls_on(match, day.weekday(), day.day):
            return moment
        day += timedelta(days=1)
    raise ValueError(f"{spec!r} is never due")


def _next_step(seconds: int, after: datetime) -> datetime:
    if seconds < 1:
        raise ValueError("a schedule must step forward")
    return datetime.fromtimestamp((int(after.timestamp()) // seconds + 1) * seconds, UTC)


def _falls_on(match: re.Match[str], weekday: int, day: int) -> bool:
    if match[1] == "weekdays":
        return weekday < 5
    if match[2]:
        return weekday == DAYS.index(match[2])
    return day == int(match[3]) if match[3] else True
