"""The clock: when a schedule is due, that each due time runs once, and what is held."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from portal import Portal, clock, jobs
from portal.extensions import db, transaction
from portal.jobs import Job, schedules
from portal.jobs.due import next_due
from portal.jobs.schedules import Schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("spec", "after", "zone", "due"),
    [
        ("every 15 minutes", "2026-03-01T10:07:12+00:00", SHANGHAI, "2026-03-01T10:15:00+00:00"),
        ("every hour", "2026-03-01T10:00:00+00:00", SHANGHAI, "2026-03-01T11:00:00+00:00"),
        ("daily 09:00", "2026-03-01T00:59:59+00:00", SHANGHAI, "2026-03-01T01:00:00+00:00"),
        ("daily 09:00", "2026-03-01T01:00:00+00:00", SHANGHAI, "2026-03-02T01:00:00+00:00"),
        ("weekdays 09:00", "2026-03-06T02:00:00+00:00", SHANGHAI, "2026-03-09T01:00:00+00:00"),
        ("weekly mon 08:00", "2026-03-02T00:00:00+00:00", SHANGHAI, "2026-03-09T00:00:00+00:00"),
        ("monthly 31 08:00", "2026-01-31T00:00:00+00:00", SHANGHAI, "2026-03-31T00:00:00+00:00"),
        # 02:30 does not exist on 29 March 2026 in Berlin, and exists twice on 25 October: once is enough.
        ("daily 02:30", "2026-03-28T12:00:00+00:00", BERLIN, "2026-03-29T01:30:00+00:00"),
        ("daily 02:30", "2026-10-25T00:30:00+00:00", BERLIN, "2026-10-26T01:30:00+00:00"),
    ],
)
def test_next_due(spec: str, after: str, zone: ZoneInfo, due: str) -> None:
    assert next_due(spec, datetime.fromisoformat(after), zone) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    "spec", ["", "hourly", "daily", "daily 25:00", "weekly xyz 08:00", "monthly 0 08:00", "every 0 minutes"]
)
def test_a_spec_that_says_nothing_is_refused(spec: str) -> None:
    with pytest.raises(ValueError):
        next_due(spec, datetime(2026, 1, 1, tzinfo=UTC), SHANGHAI)


@pytest.fixture
def entry(app: Portal) -> Schedule:
    jobs.register("test.tick", lambda work: None, "tick")
    schedules.replace("", {})  # what ships may fall due between the making of the database and now
    return schedules.schedule("tick", "test.tick", "daily 09:00", {"n": 1})


def overdue(entry: Schedule, by: timedelta) -> datetime:
    with transaction():
        entry.due_at = clock.now() - by
        return entry.due_at


def test_each_due_time_is_taken_once_by_any_number_of_schedulers(app: Portal, entry: Schedule) -> None:
    due = overdue(entry, timedelta(minutes=1))
    taken: list[int] = []
    start = threading.Barrier(4)

    def tick() -> None:
        with app.app_context():
            start.wait()
            taken.append(schedules.tick())

    threads = [threading.Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [0, 0, 0, 1]
    db.session.rollback()
    (job,) = db.session.query(Job).all()
    assert job.arguments == {"n": 1, "due": due.isoformat()}
    assert entry.due_at > clock.now() and entry.last_due_at == due


@pytest.mark.parametrize(("late", "asked", "held"), [(119, 1, False), (121, 0, True)])
def test_more_than_two_hours_late_is_held(entry: Schedule, late: int, asked: int, held: bool) -> None:
    due = overdue(entry, timedelta(minutes=late))
    assert schedules.tick() == asked
    db.session.rollback()
    assert entry.held_due_at == (due if held else None)
    assert (schedules.run_held("tick") is not None) is held
    assert schedules.run_held("tick") is None
    assert db.session.query(Job).count() == 1


def test_what_may_run_late_does(entry: Schedule) -> None:
    schedules.schedule("tick", "test.tick", "daily 09:00", holds=False)
    overdue(entry, timedelta(days=3))
    assert schedules.tick() == 1
    assert schedules.tick() == 0


def test_an_unchanged_spec_keeps_its_due_time(entry: Schedule) -> None:
    before = entry.due_at
    with time_machine.travel(clock.now() + timedelta(days=1)):
        assert schedules.schedule("tick", "test.tick", "daily 09:00").due_at == before
        assert schedules.schedule("tick", "test.tick", "daily 10:00").due_at > before


def test_a_release_replaces_its_schedules(entry: Schedule) -> None:
    morning, later = ("test.tick", "daily 08:00", {}), ("test.tick", "daily 09:00", {})
    schedules.replace("test:", {"test:a": morning, "test:b": morning})
    schedules.replace("test:", {"test:b": later})
    names = db.session.scalars(db.select(Schedule.name).where(Schedule.kind == "test.tick"))
    assert set(names) == {"tick", "test:b"}
