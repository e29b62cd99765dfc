"""What a drafted workflow would set going today and no longer would, and what its open runs still ask of people."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from portal import clock, rules, schema
from portal.extensions import db
from portal.foresight import anew
from portal.records import tables
from portal.rules.workflows import WorkflowRun
from portal.schema import Catalog
from portal.schema.releases import Plan

Approval = rules.approvals.Approval
MADE = ("task", "notify", "mail", "approval", "webhook", "survey", "coupon")
"""Kinds of steps that somebody notices."""
Made = dict[str, tuple[int, int]]


def changed(plan: Plan) -> list[str]:
    """Return the workflows that would start differently or do something else."""
    old, new = plan.old.workflows, plan.new.workflows
    return [key for key in sorted({*old, *new}) if _means(old.get(key)) != _means(new.get(key))]


def _means(flow: Any) -> object:
    if flow is None or not flow.active:
        return None
    when = flow.when.dump() if flow.when else None
    return flow.on, str(flow.trigger), when, str(flow.again_after), str(flow.steps)


def look(plan: Plan, key: str) -> dict[str, Any]:
    """Count what a workflow would begin today by the clock, what it no longer would, and what is open."""
    old, new = plan.old.workflows.get(key), plan.new.workflows.get(key)
    due, was_due = _due(key, new, plan.old, plan.new), _due(key, old, plan.old, plan.old)
    starts = _count(due) if due is not None else None if _is_by_event(new) else 0
    gone = was_due.where(_id(was_due).not_in(due)) if was_due is not None and due is not None else was_due
    return {
        "workflow": key,
        "starts": starts,
        "stops": _count(gone) if gone is not None else 0,
        "makes": {kind: list(numbers) for kind, numbers in made(new.steps).items()} if new and new.active else {},
        "open": _open(key) if old else 0,
        **_approvals(key, new),
    }


def made(steps: Sequence[Any]) -> Made:
    """Return for each kind how many of its steps one run takes, at least and at most, by the way it goes."""
    found: Made = {}
    for step in steps:
        here: Made = {step.kind: (1, 1)} if step.kind in MADE else {}
        if fork := step.fork:
            arms = made(fork.then), made(fork.otherwise)
            for kind in {*arms[0], *arms[1]}:
                pair = [arm.get(kind, (0, 0)) for arm in arms]
                here[kind] = _sum(here.get(kind), (min(low for low, _ in pair), max(high for _, high in pair)))
        for kind, numbers in here.items():
            found[kind] = _sum(found.get(kind), numbers)
    return found


def _sum(one: tuple[int, int] | None, other: tuple[int, int]) -> tuple[int, int]:
    return (one[0] + other[0], one[1] + other[1]) if one else other


def _is_by_event(flow: Any) -> bool:
    """Nobody knows how many events will come."""
    return flow is not None and flow.active and flow.trigger.daily is None


def _due(key: str, flow: Any, old: Catalog, catalog: Catalog) -> sa.Select[Any] | None:
    """Select the records on which a workflow of the clock would start now; None for another."""
    if flow is None or not flow.active or flow.on not in schema.current().entities or flow.trigger.daily is None:
        return None
    run, now, table = WorkflowRun, clock.now(), tables.table_of(flow.on)
    asked = flow.when.fields() if flow.when else set()
    columns, source = anew.records(catalog.entities[flow.on], anew.changed(old, catalog, flow.on, asked), catalog, now)
    mine = sa.and_(run.entity == flow.on, run.record_id == table.c.id, run.workflow == key)
    where = [table.c.archived_at.is_(None), ~sa.exists().where(mine, run.open_key.is_not(None))]
    where += [flow.when.where(columns, now)] if flow.when else []
    where += [~sa.exists().where(mine, run.started_at > now - flow.again_after)] if flow.again_after else []
    return sa.select(table.c.id).select_from(source).where(*where)


def _id(query: sa.Select[Any]) -> sa.ColumnElement[Any]:
    return query.selected_columns[0]


def _count(query: sa.Select[Any]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def _open(key: str) -> int:
    is_open = sa.and_(WorkflowRun.workflow == key, WorkflowRun.open_key.is_not(None))
    return db.session.scalar(sa.select(sa.func.count()).select_from(WorkflowRun).where(is_open)) or 0


def _approvals(key: str, new: Any) -> dict[str, int]:
    """Count the approvals that open runs wait for, and those whose step the draft no longer has."""
    waits = sa.and_(Approval.state == "open", WorkflowRun.state == "waiting", WorkflowRun.at == Approval.path)
    asked = sa.select(Approval.path, sa.func.count()).join(WorkflowRun, WorkflowRun.id == Approval.run_id)
    rows = db.session.execute(asked.where(WorkflowRun.workflow == key, waits).group_by(Approval.path)).all()
    program = rules.workflows.program.compiled(new.steps) if new and new.active else {}
    gone = [number for path, number in rows if path not in program or program[path].kind != "approval"]
    return {"asked": sum(number for _path, number in rows), "withdrawn": sum(gone)}
