"""Follow-ups and tasks: the better the customer, the more often somebody calls."""

from collections.abc import Iterator
from datetime import date, timedelta

from portal.cli.demo import sources, words
from portal.cli.demo.world import Customer, Row, World, store

WAYS = (("phone", 46), ("wechat", 22), ("visit", 16), ("email", 10), ("meeting", 6))
KEY_SPENDING, SILENT_KEY_CUSTOMERS = 50_000, 0.06


def make(world: World) -> None:
    """Store the follow-ups, then the tasks."""
    found = [row for customer in world.customers for row in _follow_ups(world, customer)]
    store("follow_up", sorted(found, key=lambda row: row["at"]))
    store("task", [row for customer in world.customers for row in _tasks(world, customer)])


def _follow_ups(world: World, customer: Customer) -> Iterator[Row]:
    is_key = customer.year >= KEY_SPENDING
    days = [day - timedelta(days=world.rng.randint(1, 9)) for day, _, _ in customer.purchases[-4:]]
    days = [day for day in days if world.rng.random() < (0.8 if is_key else 0.35)]
    if is_key and world.rng.random() > SILENT_KEY_CUSTOMERS:
        days += [world.today - timedelta(days=world.rng.randint(0, 28)) for _ in range(world.rng.choice((1, 1, 2)))]
    elif not is_key and world.rng.random() < 0.4:
        days.append(world.day(customer.since, world.today))
    for day in sorted(days):
        if day <= world.today:
            yield _follow_up(world, customer, day)


def _follow_up(world: World, customer: Customer, day: date) -> Row:
    summary, feedback, mood, step = world.rng.choice(words.FOLLOW_UPS)
    at = world.at(day)
    return {
        "customer": customer.id,
        "at": at,
        "way": world.rng.choices([way for way, _ in WAYS], [often for _, often in WAYS])[0],
        "summary": summary,
        "feedback": feedback or None,
        "mood": mood,
        "next_step": step,
        "next_due": sources.workday(day + timedelta(days=world.rng.randint(3, 21))),
        "owner": customer.owner.id,
        "created_at": at,
    }


def _tasks(world: World, customer: Customer) -> Iterator[Row]:
    if world.rng.random() > (0.5 if customer.year >= KEY_SPENDING else 0.12):
        return
    title, kind, outcome = world.rng.choice(words.TASKS)
    due = sources.workday(world.today + timedelta(days=world.rng.randint(-90, 20)))
    is_late = due < world.today
    status = world.rng.choices(("done", "open", "cancelled"), (88, 8, 4) if is_late else (10, 90, 0))[0]
    done = world.at(due - timedelta(days=world.rng.randint(0, 3))) if status == "done" else None
    yield {
        "title": title,
        "customer": customer.id,
        "kind": kind,
        "priority": world.rng.choices(("normal", "high", "urgent", "low"), (60, 25, 5, 10))[0],
        "status": status,
        "due_on": due,
        "done_at": done,
        "outcome": outcome if done else None,
        "owner": customer.owner.id,
        "created_at": world.at(min(due, world.today) - timedelta(days=world.rng.randint(4, 10))),
    }
