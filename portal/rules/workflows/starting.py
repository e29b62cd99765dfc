"""Start runs by one statement for as many records as there are, never two of one workflow on one record."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal import clock, schema
from portal.extensions import db
from portal.records import tables
from portal.rules.scope import Scope
from portal.rules.workflows.models import WorkflowRun
from portal.rules.workflows.program import compiled, first
from portal.writing import insert

DEEPEST = 5  # runs that set each other off
MOST_IN_AN_HOUR = 10  # runs of one workflow on one record, set off by events


@dataclass(frozen=True)
class Cause:
    """What set runs off: the clock or an event, whose change it was, and how many runs led to it."""

    word: str
    depth: int = 0
    by_id: int | None = None


def start(workflow: Any, scope: Scope, cause: Cause) -> int:
    """Start a workflow on those records in scope that meet its condition; return how many runs began."""
    if cause.depth > DEEPEST:
        return _insert(workflow, scope, cause, stuck=("loop", {"depth": cause.depth}))
    if cause.word == "event" and scope.ids and (restless := _restless(workflow, scope.ids)):
        stuck = ("too_often", {"number": MOST_IN_AN_HOUR})
        _insert(workflow, Scope.of(restless), cause, stuck=stuck)
    return _insert(workflow, scope, cause)


def _restless(workflow: Any, ids: Collection[int]) -> list[int]:
    run, since = WorkflowRun, clock.now() - timedelta(hours=1)
    runs = sa.select(run.record_id).where(
        run.entity == workflow.on, run.record_id.in_(ids), run.workflow == workflow.key
    )
    often = runs.where(run.started_at > since).group_by(run.record_id).having(sa.func.count() >= MOST_IN_AN_HOUR)
    return list(db.session.scalars(often))


def _insert(workflow: Any, scope: Scope, cause: Cause, stuck: tuple[str, dict[str, Any]] | None = None) -> int:
    table = tables.table_of(workflow.on)
    fixed = _fixed(workflow, cause, stuck)
    literals = [sa.literal(value, WorkflowRun.__table__.c[name].type) for name, value in fixed.items()]
    own = [table.c.id, sa.literal(f"{workflow.key}:{workflow.on}:") + sa.cast(table.c.id, sa.String)]
    rows = sa.select(*literals, *own).where(scope.where(table.c.id), *_wanted(workflow, table)).order_by(table.c.id)
    statement = insert(WorkflowRun).from_select([*fixed, "record_id", "open_key"], rows, include_defaults=False)
    # Another worker may have begun the same run a moment ago: the unique key decides.
    result: Any = db.session.execute(statement.on_conflict_do_nothing().execution_options(preserve_rowcount=True))
    return int(result.rowcount)


def _fixed(workflow: Any, cause: Cause, stuck: tuple[str, dict[str, Any]] | None) -> dict[str, Any]:
    now = clock.now()
    return {
        "workflow": workflow.key,
        "entity": workflow.on,
        "release": schema.current().release,
        "cause": cause.word,
        "by_id": cause.by_id,
        "depth": cause.depth,
        "state": "stuck" if stuck else "running",
        "at": first(compiled(workflow.steps)),
        "due_at": None if stuck else now,
        "reason": stuck[0] if stuck else None,
        "reason_data": stuck[1] if stuck else {},
        "attempts": 0,
        "started_at": now,
    }


def _wanted(workflow: Any, table: sa.Table) -> list[sa.ColumnElement[bool]]:
    run, now = WorkflowRun, clock.now()
    same = sa.and_(run.entity == workflow.on, run.record_id == table.c.id, run.workflow == workflow.key)
    where = [table.c.archived_at.is_(None), ~sa.exists().where(same, run.open_key.is_not(None))]
    if workflow.when is not None:
        where.append(workflow.when.where(table, now))
    if workflow.again_after:
        where.append(~sa.exists().where(same, run.started_at > now - workflow.again_after))
    return where
