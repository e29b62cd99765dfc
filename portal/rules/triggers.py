"""What sets workflows off: the clock, by schedules that follow the release, and events, after the change."""

from collections.abc import Mapping, Set
from typing import Any

import sqlalchemy as sa

from portal import clock, jobs, schema
from portal.events import Event
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.records import tables
from portal.rules.scope import Scope, ranges
from portal.rules.workflows.engine import drain_later
from portal.rules.workflows.models import WorkflowRun
from portal.rules.workflows.starting import Cause, start

JOB = "workflows.start"
CLOCK = Cause("clock")
CREATED, CHANGED = (
    ("record.created", "records.created"),
    ("record.changed", "records.changed", "tier.moved", "tags.changed", "score.moved"),
)


def plan_schedules(event: Event | None = None) -> None:
    """Make the schedules those of the workflows in force; listens to releases."""
    daily = {key: noun for key, noun in schema.current().workflows.items() if noun.active and noun.trigger.daily}
    wanted: dict[str, tuple[str, str, Mapping[str, Any]]] = {
        f"workflow:{key}": (JOB, f"daily {noun.trigger.daily:%H:%M}", {"workflow": key}) for key, noun in daily.items()
    }
    jobs.schedules.replace("workflow:", wanted)


def start_by_clock(work: Work) -> int:
    """Start a workflow on all records that meet its condition now: the job of its schedule; return how many."""
    workflow = schema.current().workflows.get(work.arguments["workflow"])
    if workflow is None or not workflow.active:
        return 0
    started = 0
    for scope in ranges(tables.table_of(workflow.on)):
        with transaction():
            started += (number := start(workflow, scope, CLOCK))
            if number:
                drain_later()
        work.advance(started)
    return started


def hear(event: Event) -> None:
    """Listen *after* a change: start workflows it sets off and wake runs that wait for the record."""
    started = sum(_start(workflow, event) for workflow in schema.current().workflows.values())
    if started + _wake(event):
        drain_later()


def _start(workflow: Any, event: Event) -> int:
    if (
        not workflow.active
        or workflow.on != event.entity
        or not sets_off(workflow.trigger, event.kind, _changed(event))
    ):
        return 0
    ids, cause = event.data.get("ids") or [event.record_id], Cause("event", event.data.get("depth", 0), event.by_id)
    return sum(start(workflow, Scope.of(ids[at : at + 500]), cause) for at in range(0, len(ids), 500))


def _changed(event: Event) -> set[str]:
    return {*event.data.get("changes", ()), *event.data.get("fields", ())}


def sets_off(trigger: Any, kind: str, changed: Set[str]) -> bool:
    """Tell whether an event of a kind, with these fields changed, is one that a trigger waits for."""
    if trigger.event == "created":
        return kind in CREATED
    if trigger.event != "changed" or kind not in CHANGED:
        return False
    return not trigger.fields or bool(changed & {*trigger.fields})


def _wake(event: Event) -> int:
    ids = event.data.get("ids") or [event.record_id]
    run = WorkflowRun
    waiting = sa.and_(run.state == "waiting", run.waits_entity == event.entity, run.waits_id.in_(ids[:10_000]))
    woken = sa.update(run).where(waiting).values(state="running", due_at=clock.now())
    number: int = db.session.execute(woken, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]
    return number
