"""Take the steps that are due. A step and its effect are committed together, so a killed worker repeats none."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa

from portal import clock, events, jobs, schema
from portal.errors import Conflict, Invalid, NotFound
from portal.events import Event
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.records import fetch
from portal.rules.actions import Moment, StepFailed, named
from portal.rules.workflows import flow
from portal.rules.workflows.models import WorkflowRun, WorkflowStep
from portal.rules.workflows.program import Instruction, Program, compiled
from portal.security import SYSTEM

BATCH = 50  # runs in one transaction: the daily trigger over thousands of records stays cheap
DEADLY = 3  # so often may a run have been under way when the worker died
JOB = "workflows.drain"
CLASHES = 5
"""So often in a row may others save the record under a step before the batch is put off."""
log = logging.getLogger(__name__)
_acting: ContextVar[WorkflowRun | None] = ContextVar("acting", default=None)


def drain_later(not_before: Any = None) -> None:
    """Ask for the steps to be taken that are due (by then)."""
    key = f"{JOB}:{not_before:%Y%m%d%H%M}" if not_before else JOB
    jobs.enqueue(JOB, {}, unique_key=key, not_before=not_before)


def drain(work: Work | None = None) -> int:
    """Take all steps that are due, batch by batch; return the number of runs taken forward. A job."""
    taken = 0
    while number := _take_batch(is_careful=_has_died(work)):
        taken += number
        if work:
            work.advance(taken)
    return taken


def _has_died(work: Work | None) -> bool:
    """Tell whether a worker died in a run that is due: then runs go one by one, counted before they are taken."""
    counted = sa.select(WorkflowRun.id).where(_due(), WorkflowRun.attempts > 0).limit(1)
    return (work is not None and work.job.attempts > 1) or db.session.scalar(counted) is not None


def _take_batch(is_careful: bool) -> int:
    if is_careful:
        _count_attempt()
    with transaction():
        runs = list(db.session.scalars(_claim(1 if is_careful else BATCH)))
        waits = set()
        for run in runs:
            advance(run)
            waits |= {run.due_at} if run.state == "waiting" and run.due_at else set()
        for moment in sorted(waits):
            drain_later(not_before=moment)
    return len(runs)


def _count_attempt() -> None:
    with transaction():
        for run in db.session.scalars(_claim(1)):
            run.attempts += 1
            if run.attempts > DEADLY:
                stop(run, "crash")


def _due() -> sa.ColumnElement[bool]:
    return sa.and_(WorkflowRun.state.in_(("running", "waiting")), WorkflowRun.due_at <= clock.now())


def _claim(number: int) -> sa.Select[Any]:
    runs = sa.select(WorkflowRun).where(_due()).order_by(WorkflowRun.attempts.desc(), WorkflowRun.id).limit(number)
    return runs.with_for_update(skip_locked=True).execution_options(populate_existing=True)


def advance(run: WorkflowRun) -> None:
    """Take a run as far as it goes now: to a wait, to its end, or to a step that cannot be taken."""
    run.state, clashes = "running", 0
    while run.state == "running" and run.at is not None:
        try:
            with db.session.begin_nested(), _acting_as(run):
                _take(run)
        except StepFailed as failure:
            stop(run, failure.code, **failure.values)
        except Invalid as refused:
            stop(run, "refused", problems="; ".join(f"{key}: {text}" for key, text in refused.problems.items()))
        except Conflict:
            clashes += 1  # somebody saved the record in this very moment: the step is taken on what stands there now
            if clashes > CLASHES:
                raise
        except NotFound:
            end(run, "cancelled", "record_gone")
        except sa.exc.OperationalError:
            raise  # the database is away, which says nothing of the step
        except Exception as error:
            log.exception("workflow step failed", extra={"run_id": run.id, "step": run.at})
            stop(run, "error", error=type(error).__name__)
    if run.state == "running":
        end(run, "done")


def _take(run: WorkflowRun) -> None:
    instruction = program_of(run).get(run.at or "")
    if instruction is None:
        raise StepFailed("no_step", release=run.release)
    record = fetch(run.entity, run.record_id, SYSTEM)
    if record.is_archived:
        raise NotFound
    step = _step(run, instruction)
    moment = Moment(run, record, schema.releases.catalog(run.release))
    following = _perform(instruction, step, moment)
    if step.state == "waiting":
        return
    step.state, step.ended_at = "done", clock.now()
    run.at, run.due_at, run.attempts = following, clock.now(), 0


def _perform(instruction: Instruction, step: WorkflowStep, moment: Moment) -> str | None:
    if instruction.kind == "wait":
        flow.arrive(instruction, step, moment)
    elif instruction.kind == "branch":
        following, step.result = flow.chosen(instruction, moment)
        return following
    else:
        named(instruction.kind).take(instruction.body, step, moment)
        if instruction.forks:
            return instruction.then if step.result.get("outcome") == "then" else instruction.other
    return instruction.next


def _step(run: WorkflowRun, instruction: Instruction) -> WorkflowStep:
    """Return the row of a step: a new one, or the one that waited or failed."""
    for step in run.steps:
        if step.path == instruction.path:
            step.attempts += step.state == "failed"
            step.state = "running" if step.state == "failed" else step.state
            return step
    step = WorkflowStep(path=instruction.path, kind=instruction.kind, state="running")
    run.steps.append(step)
    return step


def stop(run: WorkflowRun, code: str, **values: object) -> None:
    """Leave a run standing at its step with the reason; a person retries or cancels it."""
    run.state, run.reason, run.reason_data, run.due_at = "stuck", code, values, None
    instruction = program_of(run).get(run.at or "")
    if instruction is not None:
        step = _step(run, instruction)
        step.state, step.ended_at = "failed", clock.now()
    told = {"workflow": run.workflow, "run": run.id, "reason": code}
    events.tell("workflow.stuck", entity=run.entity, record_id=run.record_id, data=told, by=SYSTEM)


def end(run: WorkflowRun, state: str, reason: str | None = None, **values: object) -> None:
    """Close a run as done or cancelled; the record is free for the next one."""
    run.state, run.reason, run.reason_data = state, reason, values
    run.ended_at, run.open_key, run.due_at, run.waits_entity, run.waits_id = clock.now(), None, None, None, None
    for step in run.steps:
        if step.state in ("waiting", "running"):
            step.state, step.ended_at = "cancelled", clock.now()


def wake(entity: str, id_: int) -> None:
    """Let the run that waits for a thing look at it again; what is no record has a name that begins with #."""
    waiting = sa.select(WorkflowRun).where(
        WorkflowRun.state == "waiting", WorkflowRun.waits_entity == entity, WorkflowRun.waits_id == id_
    )
    for run in db.session.scalars(waiting.with_for_update()):
        run.state, run.due_at = "running", clock.now()
        drain_later()


def program_of(run: WorkflowRun) -> Program:
    """Return the steps of a run in the release it began with; empty when that release knows no such workflow."""
    workflow = schema.releases.catalog(run.release).workflows.get(run.workflow)
    return compiled(workflow.steps) if workflow else {}


@contextmanager
def _acting_as(run: WorkflowRun) -> Iterator[None]:
    token = _acting.set(run)
    try:
        yield
    finally:
        _acting.reset(token)


def mark(event: Event) -> None:
    """Listen *with* every event: note on what a run has caused how many runs led to it, for the loop guard."""
    if (run := _acting.get()) is not None:
        event.data = {**event.data, "depth": run.depth + 1, "run": run.id}
