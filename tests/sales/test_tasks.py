"""The list of the day, done and undone by one click."""

from datetime import timedelta
from typing import Any

from portal import clock, records, sales
from portal.security import SYSTEM


def test_the_day_of_a_person(app: Any, people: Any) -> None:
    today = clock.today()
    for title, days in [("late", -2), ("now", 0), ("soon", 3), ("far", 40)]:
        sales.tasks.plan(title, by=people.alice, due_on=today + timedelta(days=days))
    sales.tasks.plan("some day", by=people.alice)
    sales.tasks.plan("not mine", by=people.bob, due_on=today)
    done = sales.tasks.plan("finished", by=people.alice, due_on=today)
    sales.tasks.complete(done, by=people.alice)
    day = sales.tasks.of_day(people.alice)
    assert [task.title for task in day.overdue] == ["late"]
    assert [task.title for task in day.due] == ["now"]
    assert [task.title for task in day.coming] == ["soon", "some day"]
    assert [task.title for task in day.done] == ["finished"]
    assert day.number == 2


def test_done_and_taken_back(app: Any, people: Any) -> None:
    task = sales.tasks.plan("call", by=people.alice)
    done = sales.tasks.complete(task, by=people.alice, outcome="reached")
    assert (done["status"], done["outcome"]) == ("done", "reached")
    assert sales.tasks.complete(done, by=people.alice) is done
    assert sales.tasks.is_done(task.id or 0)
    back = sales.tasks.reopen(done, by=people.alice)
    assert (back["status"], back["done_at"]) == ("open", None)
    assert not sales.tasks.is_done(task.id or 0)


def test_the_time_it_was_done_follows_the_status_at_every_door(app: Any, people: Any) -> None:
    task = sales.tasks.plan("call", by=people.alice)
    records.save(task, {"status": "done"}, by=people.alice)
    assert records.fetch("task", task.id or 0, SYSTEM)["done_at"] is not None
    records.save(records.fetch("task", task.id or 0, people.alice), {"status": "open"}, by=people.alice)
    assert records.fetch("task", task.id or 0, SYSTEM)["done_at"] is None
