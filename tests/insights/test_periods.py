"""Periods and how they are cut."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from portal.insights.periods import Period

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("unit", "day", "start", "end"),
    [
        ("week", date(2026, 3, 1), date(2026, 2, 23), date(2026, 3, 1)),
        ("month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29)),
        ("quarter", date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
        ("year", date(2024, 6, 1), date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_the_period_around_a_day(unit, day: date, start: date, end: date) -> None:
    assert Period.holding(unit, day) == Period(start, end)


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("week", date(2026, 3, 9), date(2026, 3, 15)),
        ("month", date(2026, 2, 1), date(2026, 2, 28)),
        ("quarter", date(2025, 10, 1), date(2025, 12, 31)),
        ("year", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_the_last_full_one(unit, start: date, end: date) -> None:
    assert Period.last_full(unit, date(2026, 3, 16)) == Period(start, end)


def test_moments_are_utc_and_leave_the_end_out() -> None:
    assert MARCH.moments == (datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC))


def test_buckets_cover_every_day_once() -> None:
    unit, buckets = MARCH.buckets("week")
    assert unit == "week"
    days = [bucket.end.toordinal() - bucket.start.toordinal() + 1 for bucket in buckets]
    assert sum(days) == 31 and buckets[0].start == MARCH.start and buckets[-1].end == MARCH.end
    assert all(one.end.toordinal() + 1 == other.start.toordinal() for one, other in pairwise(buckets))


def test_a_short_period_is_cut_finer() -> None:
    assert MARCH.buckets("month")[0] == "week"
    assert Period.holding("week", date(2026, 3, 16)).buckets("week")[0] == "day"
    assert Period.holding("year", date(2026, 3, 16)).buckets("month")[0] == "month"
