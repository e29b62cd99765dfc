"""Tasks: what somebody has to do for a customer by a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from portal import clock, records, schema
from portal.events import Event
from portal.extensions import db
from portal.records import Record
from portal.schema import conditions
from portal.security import SYSTEM, Actor, policy

TASK, OPEN, DONE = "task", "open", "done"
ASKED = ("owner", "status", "due_on", "done_at")  # by what a day is put together
AHEAD = timedelta(days=14)
MOST = 100


@dataclass(frozen=True)
class Day:
    """The open tasks of a person, seen from one day; lists hold at most 100 records each."""

    today: date
    overdue: list[Record]
    due: list[Record]
    coming: list[Record]
    done: list[Record]

    @property
    def number(self) -> int:
        """Return how many are due by today."""
        return len(self.overdue) + len(self.due)


def is_open_to(person: Actor) -> bool:
    """Whether the person may view tasks and read by what a day of them is put together."""
    entity = schema.current().entities.get(TASK)
    if entity is None or not policy.can(person, "view", TASK):
        return False
    return all(records.reading.may_read(person, entity.fields.get(key)) for key in ASKED)


def of_day(person: Actor, today: date | None = None) -> Day:
    """Return the tasks a person owns: overdue, due today, due in the next 14 days or without a day, done today.

    Raises Invalid for whom it is not open.
    """
    day = today or clock.today()
    before = {"due_on": {"lt": day.isoformat()}}
    coming = {"any": [{"due_on": {"between": [str(day + timedelta(days=1)), str(day + AHEAD)]}}, {"due_on": None}]}
    return Day(
        today=day,
        overdue=_mine(person, before),
        due=_mine(person, {"due_on": day.isoformat()}),
        coming=_mine(person, coming),
        done=_mine(person, {"done_at": {"gte": "today"}}, DONE),
    )


def _mine(person: Actor, node: Mapping[str, Any], status: str = OPEN) -> list[Record]:
    asked = {"all": [{"status": status}, {"owner": person.id}, node]}
    condition = conditions.parse(asked, schema.current().entities[TASK])
    return records.search(TASK, person, condition=condition, sort=("due_on",), limit=MOST).records


def complete(task: Record, *, by: Actor, outcome: str | None = None) -> Record:
    """Mark a task as done now; a done one stays as it is."""
    if task["status"] == DONE:
        return task
    said = {"outcome": outcome} if outcome else {}
    return records.save(task, {"status": DONE, "done_at": clock.now(), **said}, by=by)


def reopen(task: Record, *, by: Actor) -> Record:
    """Take back that a task is done."""
    return records.save(task, {"status": OPEN, "done_at": None}, by=by)


def plan(title: str, *, by: Actor, **values: Any) -> Record:
    """Write a task; values are those of the task entity."""
    given = {key: value for key, value in values.items() if value is not None}
    return records.save(records.new(TASK, by), {"title": title[:200], **given}, by=by)


def is_done(task_id: int) -> bool:
    """Tell whether a task is done or cancelled; one that is no longer there is done too."""
    table, fields = records.tables.table_of(TASK), schema.current().entities[TASK].fields
    status = table.c[fields["status"].column]
    found = db.session.scalar(sa.select(status).where(table.c.id == task_id, table.c.archived_at.is_(None)))
    return found != OPEN


def hear(event: Event) -> None:
    """Listen *with* a change of a task: the time it was done follows its status, whatever door it came through."""
    changes = event.data.get("changes", {})
    if event.entity == TASK and "status" in changes and "done_at" not in changes and event.record_id:
        task = records.fetch(TASK, event.record_id, SYSTEM)
        records.save(task, {"done_at": clock.now() if task["status"] == DONE else None}, by=SYSTEM, quiet=True)
