"""Numbers of a workbook that stand for days, moments and spans of time: which do by their format, and which ones.

ECMA-376 part 1, 18.17.4 (dates as serials) and 18.8.30 (formats).
"""

import re
from datetime import date, datetime, time, timedelta

DAY, SPAN = "day", "span"
_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  (a sheet's day has no zone)
_LEAP = 60  # serials below are a day behind: the format knows a 29 February 1900
_MILLISECONDS = 86_400_000  # of a day

BUILT_IN = {str(number): DAY for number in (*range(14, 23), 45, 47)} | {"46": SPAN}
_UNSHOWN = re.compile(r'"[^"]*"?|[\\_].|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_SPAN = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_TIME = re.compile(r"[dmhys]|a/p|am/pm", re.IGNORECASE)


def shown(code: str) -> str:
    """What a format shows, by its first part."""
    plain = _UNSHOWN.sub("", code).split(";")[0]
    day, span = _TIME.search(re.sub(_SPAN, lambda found: " " * len(found[0]), plain)), _SPAN.search(plain)
    if span is not None and (day is None or span.start() < day.start()):
        return SPAN
    return DAY if day is not None else ""


def moment(serial: float, *, is_span: bool) -> date | time | datetime | timedelta | float:
    """The day, the time of day, the moment or the span of time; the number itself where it is none."""
    if is_span:
        return timedelta(milliseconds=round(serial * _MILLISECONDS))
    try:
        found = _ZERO + timedelta(milliseconds=round((serial if serial >= _LEAP else serial + 1) * _MILLISECONDS))
    except OverflowError:
        return serial
    if serial < 1:
        return found.time()
    return found.date() if serial.is_integer() else found
