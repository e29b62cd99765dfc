"""Follow-ups: what was said with a customer closes the task it came from and plans the next."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from portal import clock, records
from portal.errors import Forbidden, NotFound
from portal.events import Event
from portal.extensions import db
from portal.records import Record
from portal.sales import tasks
from portal.security import SYSTEM, Actor, Person, policy

FOLLOW_UP = "follow_up"
TASK_KINDS = {"phone": "call", "visit": "visit", "email": "mail"}  # of the next task, by the way of this follow-up


def write(values: Mapping[str, Any], *, by: Actor) -> Record:
    """Save a follow-up; its task is closed and the next one planned by the listener, as at every other door."""
    return records.save(records.new(FOLLOW_UP, by), {"at": clock.now(), **values}, by=by)


def hear(event: Event) -> None:
    """Listen *with* a new follow-up: close its task, plan the next one."""
    if event.entity != FOLLOW_UP or event.record_id is None:
        return
    follow_up = records.fetch(FOLLOW_UP, event.record_id, SYSTEM)
    person = db.session.get(Person, event.by_id) if event.by_id else None
    by: Actor = person or SYSTEM
    if follow_up["task"]:
        _close(follow_up["task"], follow_up["summary"], by)
    if follow_up["next_due"] and follow_up["next_due"] >= clock.today():
        _plan_next(follow_up, by if policy.can(by, "create", tasks.TASK) else SYSTEM)


def _close(task_id: int, outcome: str, by: Actor) -> None:
    try:
        task = records.fetch(tasks.TASK, task_id, by, "edit")
    except (NotFound, Forbidden):
        # Whoever did the work may close it by the follow-up, even where the task is another's.
        by = SYSTEM
        task = records.fetch(tasks.TASK, task_id, by)
    tasks.complete(task, by=by, outcome=outcome)


def _plan_next(follow_up: Record, by: Actor) -> None:
    title = follow_up["next_step"] or gettext("Follow up again")
    tasks.plan(
        title,
        by=by,
        customer=follow_up["customer"],
        owner=follow_up["owner"],
        due_on=follow_up["next_due"],
        kind=TASK_KINDS.get(follow_up["way"], "call"),
        origin=f"follow_up:{follow_up.id}",
    )
