"""The whole look at a draft, as a job: row counts, records that break a rule, moves between tiers, runs that begin.

The result holds numbers and ids only, never values; the page names what the asker may see.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from portal import clock, jobs, rules, schema
from portal.extensions import db
from portal.foresight import breaks, effects
from portal.jobs import Job, Work
from portal.records import tables
from portal.schema import releases
from portal.schema.releases import Plan
from portal.security import Actor

KIND = "foresight.look"
GROUPS = ("office", "owner")
Edits = Mapping[str, str | None]


def ask(base: int, edits: Edits, by: Actor) -> Job:
    """Ask for a look at a draft as it is now."""
    return jobs.enqueue(KIND, {"base": base, "edits": dict(edits)}, by=by)


def documents(job: Job) -> dict[str, str]:
    """Return the documents that the job looks at."""
    merged = {**releases.documents(job.arguments["base"]), **job.arguments["edits"]}
    return {path: text for path, text in merged.items() if text is not None}


def look(work: Work) -> dict[str, Any]:
    """Look, step by step, and write nothing but the progress."""
    _result, plan = releases.preview(documents(work.job))
    if plan is None:
        return {"errors": True}
    parts: dict[str, list[Any]] = {"effects": [], "breaks": [], "tiers": [], "flows": []}
    steps = list(_steps(plan))
    for done, (name, step) in enumerate(steps):
        found = step()
        parts[name] += [found] if found is not None else []
        work.advance(done + 1, len(steps))
    return {"release": schema.current().release, "at": clock.now().isoformat(), **parts}


def _steps(plan: Plan) -> Iterator[tuple[str, Any]]:
    for change in plan.changes:
        yield "effects", lambda change=change: effects.effect_of(change, plan).rows
    for test in breaks.tests(plan):
        yield "breaks", lambda test=test: _broken(test)
    for key, tier in effects.changed_tiers(plan):
        yield "tiers", lambda key=key, tier=tier: _moves(key, tier)
    for key in sorted({*plan.old.workflows, *plan.new.workflows}):
        old, new = plan.old.workflows.get(key), plan.new.workflows.get(key)
        if _starts(old) != _starts(new):
            yield "flows", lambda key=key, old=old, new=new: _flow(key, old, new)


def _broken(test: breaks.Test) -> dict[str, Any] | None:
    found = breaks.look(test)
    return asdict(found) if found.number else None


def _moves(key: str, tier: Any) -> dict[str, Any]:
    """Count from level to level, in all and by office and owner (moves only, the largest groups first)."""
    told: dict[str, Any] = {"tier": key, "all": [[m.before, m.after, m.number] for m in rules.tier_view.preview(tier)]}
    for by in GROUPS:
        groups: dict[Any, list[Any]] = {}
        for move in rules.tier_view.preview(tier, by=by):
            if move.before != move.after:
                groups.setdefault(move.group, []).append([move.before, move.after, move.number])
        ranked = sorted(groups.items(), key=lambda pair: -sum(move[2] for move in pair[1]))
        told[by] = [[group, moves] for group, moves in ranked[:50]]
    return told


def _starts(flow: Any) -> object:
    """Return what decides about the start of a workflow."""
    if flow is None or not flow.active:
        return None
    return flow.on, str(flow.trigger), flow.when.dump() if flow.when else None, str(flow.again_after), len(flow.steps)


def _flow(key: str, old: Any, new: Any) -> dict[str, Any]:
    """Count the runs a workflow would begin today by the clock, and those open that go on with the old release."""
    run = rules.workflows.WorkflowRun
    is_open = sa.and_(run.workflow == key, run.open_key.is_not(None))
    going = db.session.scalar(sa.select(sa.func.count()).select_from(run).where(is_open)) or 0
    return {"workflow": key, "starts": _starting(key, new), "open": going if old else 0}


def _starting(key: str, flow: Any) -> int | None:
    """None for a workflow that waits for an event: nobody knows how many will come."""
    if flow is None or not flow.active or flow.on not in schema.current().entities:
        return 0
    if flow.trigger.daily is None:
        return None
    table, run, now = tables.table_of(flow.on), rules.workflows.WorkflowRun, clock.now()
    entity = schema.current().entities[flow.on]
    columns = tables.Columns.of(entity, table)
    mine = sa.and_(run.entity == flow.on, run.record_id == table.c.id, run.workflow == key)
    where = [table.c.archived_at.is_(None), ~sa.exists().where(mine, run.open_key.is_not(None))]
    where += [flow.when.where(columns, now)] if flow.when else []
    where += [~sa.exists().where(mine, run.started_at > now - flow.again_after)] if flow.again_after else []
    return db.session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0
