"""Look at runs, and set one going again or end it by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from portal import audit, clock, schema
from portal.errors import Conflict, NotFound
from portal.extensions import db
from portal.records import tables
from portal.rules.workflows.engine import drain_later, end
from portal.rules.workflows.models import OPEN_STATES, WorkflowRun
from portal.security import Actor, policy

LIMIT = 50
MOST = 1000  # runs set going again by one click


def run(run_id: int) -> WorkflowRun:
    """Return a run; raises NotFound. Whether a person may see it, the record it is about decides."""
    found = db.session.get(WorkflowRun, run_id)
    if found is None:
        raise NotFound
    return found


def listed(
    person: Actor,
    *,
    workflow: str = "",
    state: str = "",
    before: int | None = None,
    record: tuple[str, int] | None = None,
) -> Sequence[WorkflowRun]:
    """Return runs on records the person may see, newest first, one more than a page holds when there are more."""
    runs = sa.select(WorkflowRun).where(visible(person)).order_by(WorkflowRun.id.desc()).limit(LIMIT + 1)
    if workflow:
        runs = runs.where(WorkflowRun.workflow == workflow)
    if state:
        runs = runs.where(WorkflowRun.state.in_(OPEN_STATES) if state == "open" else WorkflowRun.state == state)
    if before:
        runs = runs.where(WorkflowRun.id < before)
    if record:
        runs = runs.where(WorkflowRun.entity == record[0], WorkflowRun.record_id == record[1])
    return db.session.scalars(runs).all()


def numbers(person: Actor) -> Mapping[str, Mapping[str, int]]:
    """Return workflow → state → number of runs on records the person may see."""
    grouped = sa.select(WorkflowRun.workflow, WorkflowRun.state, sa.func.count()).where(visible(person))
    found: dict[str, dict[str, int]] = {}
    for workflow, state, number in db.session.execute(grouped.group_by(WorkflowRun.workflow, WorkflowRun.state)):
        found.setdefault(workflow, {})[state] = number
    return found


def visible(person: Actor) -> sa.ColumnElement[bool]:
    """Return the predicate that a run is about a record the person may see."""
    reachable: list[sa.ColumnElement[bool]] = [sa.false()]
    for key in {noun.on for noun in schema.current().workflows.values()}:
        if policy.can(person, "view", key):
            entity, table = schema.current().entities[key], tables.table_of(key)
            rows = policy.rows(person, "view", entity, table, tables.table_of)
            ids: Any = sa.select(table.c.id).where(rows)
            reachable.append(sa.and_(WorkflowRun.entity == key, WorkflowRun.record_id.in_(ids)))
    return sa.or_(*reachable)


def retry(stuck: WorkflowRun, by: Actor) -> None:
    """Let a stuck run try its step again; raises Conflict when it is not stuck."""
    if stuck.state != "stuck":
        raise Conflict
    stuck.state, stuck.reason, stuck.reason_data, stuck.attempts = "running", None, {}, 0
    stuck.depth, stuck.due_at = 0, clock.now()
    _account("workflow.retried", stuck, by)
    drain_later()


def stuck_number(person: Actor) -> int:
    """Return how many runs stand still on records the person may see."""
    rows = sa.select(sa.func.count()).select_from(WorkflowRun).where(WorkflowRun.state == "stuck", visible(person))
    return db.session.scalar(rows) or 0


def stuck_reasons(person: Actor, workflow: str = "") -> Sequence[tuple[str, str, int]]:
    """Return (workflow, reason, number) of the stuck runs on records the person may see, the most first."""
    run, number = WorkflowRun, sa.func.count()
    rows = sa.select(run.workflow, run.reason, number).where(run.state == "stuck", visible(person))
    if workflow:
        rows = rows.where(run.workflow == workflow)
    grouped = rows.group_by(run.workflow, run.reason).order_by(number.desc(), run.workflow, run.reason)
    return [(row[0], row[1] or "", row[2]) for row in db.session.execute(grouped)]


def retry_all(by: Actor, workflow: str, reason: str) -> int:
    """Let stuck runs of one workflow that stand for one reason try again, at most a thousand; return how many."""
    run = WorkflowRun
    rows = sa.select(run).where(run.state == "stuck", run.workflow == workflow, run.reason == reason, visible(by))
    found = db.session.scalars(rows.order_by(run.id).limit(MOST)).all()
    for stuck in found:
        retry(stuck, by)
    return len(found)


def cancel(open_run: WorkflowRun, by: Actor) -> None:
    """End a run for good; what it did stays. Raises Conflict when it has ended."""
    if not open_run.is_open:
        raise Conflict
    end(open_run, "cancelled", "person", name=by.name)
    _account("workflow.cancelled", open_run, by)


def _account(action: str, touched: WorkflowRun, by: Actor) -> None:
    data = {"workflow": touched.workflow, "run": touched.id}
    audit.record(action, by=by, entity=touched.entity, record_id=touched.record_id, data=data)
