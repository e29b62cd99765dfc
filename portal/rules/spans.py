"""Spans as workflows write them: by the clock, by workdays or by work hours; none ends at night."""

from datetime import date, datetime, timedelta

from portal import clock
from portal.rules.calendars import Calendar


def after(moment: datetime, span: str, calendar: Calendar) -> datetime:
    """Return when a span from a moment is over; when nobody works then, at the next opening."""
    number, unit = parts(span)
    if unit == "workhour":
        return calendar.add_minutes(moment, number * 60)
    if unit != "workday":
        return calendar.next_open(moment + timedelta(**{f"{unit}s": number}))
    local = moment.astimezone(calendar.zone)
    day = calendar.add_workdays(local.date(), number)
    return calendar.next_open(datetime.combine(day, local.time(), calendar.zone).astimezone(moment.tzinfo))


def day_after(moment: datetime, span: str, calendar: Calendar) -> date:
    """Return the date that lies a span after a moment; plain spans count every day."""
    number, unit = parts(span)
    if unit == "workhour":
        return calendar.add_minutes(moment, number * 60).astimezone(calendar.zone).date()
    today = clock.to_zone(moment, calendar.zone).date()
    if unit == "workday":
        return calendar.add_workdays(today, number)
    return (moment + timedelta(**{f"{unit}s": number})).astimezone(calendar.zone).date()


def parts(span: str) -> tuple[int, str]:
    """Return number and unit of `3 days`; the schema has checked the words."""
    number, unit = span.split()
    return int(number), unit.removesuffix("s")
