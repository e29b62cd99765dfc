"""The two kinds of step that steer a run: wait and branch."""

from typing import Any

from portal import clock
from portal.rules import calendars, spans
from portal.rules.actions import Moment, StepFailed, named
from portal.rules.workflows.models import WorkflowRun, WorkflowStep
from portal.rules.workflows.program import Instruction

TASK = "task"


def arrive(instruction: Instruction, step: WorkflowStep, moment: Moment) -> None:
    """Begin to wait, or look again after being woken; sets the step's state to waiting or done."""
    body, run = instruction.body, moment.run
    for_task = body.until == "task_done"
    if step.state != "waiting":
        limit = body.at_most if for_task else body.until
        step.state = "waiting"
        step.due_at = spans.after(clock.now(), limit, calendars.named(catalog=moment.catalog)) if limit else None
    if for_task and _task_done(run):
        step.state, step.result = "done", {"outcome": "done"}
    elif step.due_at is not None and step.due_at <= clock.now():
        step.state, step.result = "done", {"outcome": "late" if for_task else "over"}
    _hold(run, step, _task(run) if for_task and step.state == "waiting" else None)


def _hold(run: WorkflowRun, step: WorkflowStep, task: WorkflowStep | None) -> None:
    made = named(TASK).made(task.result) if task else None
    run.waits_entity, run.waits_id = made or (None, None)
    if step.state == "waiting":
        run.state, run.due_at = "waiting", step.due_at


def chosen(instruction: Instruction, moment: Moment) -> tuple[str | None, dict[str, Any]]:
    """Return the path a branch leads to, and what was found."""
    body = instruction.body
    if body.done:
        holds = _task_done(moment.run)
    else:
        holds = body.when is None or body.when.matches(moment.values(), clock.now())
    return (instruction.then if holds else instruction.other), {"outcome": "then" if holds else "else"}


def _task(run: WorkflowRun) -> WorkflowStep:
    """Return the newest task step of the run; raises StepFailed."""
    done = [step for step in run.steps if step.kind == TASK and step.state == "done"]
    if not done:
        raise StepFailed("no_task")
    return done[-1]


def _task_done(run: WorkflowRun) -> bool:
    return named(TASK).is_done(_task(run).result)
