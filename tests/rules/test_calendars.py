"""Working time against the published vectors and against a minute-by-minute count."""

import csv
import gzip
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.calendars import Calendar, NeverOpen

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHIFTS = ((time(9), time(12)), (time(13, 30), time(18)))


def _days() -> dict[date, tuple[tuple[time, time], ...]]:
    path = Path(__file__).parents[1] / "data" / "holiday_cn_2007_2026.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {date.fromisoformat(row["date"]): () if row["isOffDay"] == "True" else SHIFTS for row in rows}


OFFICE = Calendar(SHANGHAI, dict.fromkeys(range(5), SHIFTS), _days())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "hours", "pauses", "due"),
    [
        ("2026-02-13 17:00", 8, [], "2026-02-14 17:30"),
        ("2026-02-14 17:30", 4, [], "2026-02-24 14:00"),
        ("2026-02-28 10:00", 8, [], "2026-03-02 10:30"),
        ("2026-02-12 20:00", 1, [], "2026-02-13 10:00"),
        ("2026-09-30 16:00", 16, [], "2026-10-09 17:00"),
        ("2025-09-30 16:00", 8, [], "2025-10-09 16:30"),
        ("2026-02-13 09:00", 8, [("2026-02-13 10:00", "2026-02-14 11:00")], "2026-02-24 10:30"),
        (
            "2026-02-13 09:00",
            8,
            [("2026-02-13 10:00", "2026-02-13 10:20"), ("2026-02-13 10:30", "2026-02-13 10:45")],
            "2026-02-14 10:05",
        ),
    ],
)
def test_published_due_times(start: str, hours: int, pauses: list[tuple[str, str]], due: str) -> None:
    spans = [(at(first), at(last)) for first, last in pauses]
    assert OFFICE.add_minutes(at(start), hours * 60, spans) == at(due)
    assert OFFICE.minutes_between(at(start), at(due), spans) == hours * 60


def test_february_2026_has_7200_working_minutes() -> None:
    assert OFFICE.minutes_between(at("2026-02-01 00:00"), at("2026-03-01 00:00")) == 7200


@pytest.mark.parametrize(("year", "number"), [(2024, 251), (2025, 248), (2026, 248)])
def test_workdays_of_a_year(year: int, number: int) -> None:
    assert OFFICE.workdays(date(year, 1, 1), date(year, 12, 31)) == number


@pytest.mark.parametrize(
    ("day", "number", "result"),
    [
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-02-24", -1, "2026-02-14"),
        ("2026-02-15", 0, "2026-02-24"),
        ("2026-03-02", 0, "2026-03-02"),
        ("2026-09-30", 3, "2026-10-10"),
    ],
)
def test_add_workdays(day: str, number: int, result: str) -> None:
    assert OFFICE.add_workdays(date.fromisoformat(day), number) == date.fromisoformat(result)


def test_open_and_next_open() -> None:
    assert OFFICE.is_open(at("2026-02-14 09:00"))
    assert not OFFICE.is_open(at("2026-02-14 12:00"))
    assert OFFICE.next_open(at("2026-02-14 10:11")) == at("2026-02-14 10:11")
    assert OFFICE.next_open(at("2026-02-14 12:00")) == at("2026-02-14 13:30")
    assert OFFICE.next_open(at("2026-02-14 18:00")) == at("2026-02-24 09:00")


def test_a_calendar_that_never_opens_says_so() -> None:
    closed = Calendar(SHANGHAI, {})
    with pytest.raises(NeverOpen):
        closed.add_minutes(at("2026-01-01 00:00"), 1)
    with pytest.raises(NeverOpen):
        closed.add_workdays(date(2026, 1, 1), 1)
    assert closed.add_minutes(at("2026-01-01 00:00"), 0) == at("2026-01-01 00:00")


def test_a_night_shift_ends_at_midnight_and_a_clock_change_is_counted() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    always = Calendar(berlin, {weekday: ((time(0), time(0)),) for weekday in range(7)})
    spring = datetime(2026, 3, 29, 0, 0, tzinfo=berlin)
    autumn = datetime(2026, 10, 25, 0, 0, tzinfo=berlin)
    assert always.minutes_between(spring, datetime(2026, 3, 30, 0, 0, tzinfo=berlin)) == 23 * 60
    assert always.minutes_between(autumn, datetime(2026, 10, 26, 0, 0, tzinfo=berlin)) == 25 * 60


moments = st.integers(0, 60 * 24 * 40).map(lambda m: datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=m))
spans = st.tuples(moments, st.integers(0, 3000)).map(lambda pair: (pair[0], pair[0] + timedelta(minutes=pair[1])))


@given(moments, st.integers(1, 3000), st.lists(spans, max_size=3))
def test_due_time_equals_a_count_of_single_minutes(
    start: datetime, minutes: int, pauses: list[tuple[datetime, datetime]]
) -> None:
    cursor, left = start, minutes
    while left:
        local = cursor.astimezone(SHANGHAI)
        open_now = any(a <= local.time() < b for a, b in OFFICE.shifts(local.date()))
        paused = any(a <= cursor < b for a, b in pauses)
        left -= open_now and not paused
        cursor += timedelta(minutes=1)
    assert OFFICE.add_minutes(start, minutes, pauses) == cursor
    assert OFFICE.minutes_between(start, cursor, pauses) == minutes
