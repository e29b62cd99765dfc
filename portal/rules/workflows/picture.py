"""A workflow or a run as a person reads it: one line per step, with what it will do or what came of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from portal.records import Record
from portal.rules.actions import ACTIONS
from portal.rules.words import span_text
from portal.rules.workflows.engine import program_of
from portal.rules.workflows.models import WorkflowRun, WorkflowStep
from portal.rules.workflows.moving import PAST
from portal.rules.workflows.program import Instruction, Program, compiled
from portal.schema import current

ICONS = {"wait": "clock", "branch": "git-branch"}


@dataclass(frozen=True)
class Line:
    """One step of the picture; `state` is empty for a workflow, else of the step or coming or skipped."""

    path: str
    kind: str
    icon: str
    label: str
    sentence: str
    level: int
    arm: str
    state: str = ""
    report: str = ""
    step: WorkflowStep | None = None


def of_workflow(workflow: Any) -> list[Line]:
    """Return the steps of a workflow."""
    return [_line(instruction, workflow.on) for instruction in compiled(workflow.steps).values()]


def of_run(run: WorkflowRun, record: Record) -> list[Line]:
    """Return the steps of a run in the release it began with, as far as the viewer of the record may know them."""
    program, taken = program_of(run), {step.path: step for step in run.steps}
    reachable = set(_reachable(program, run.at)) if run.is_open else set()
    past = [_past_line(step, record) for step in run.steps if step.path.startswith(PAST)]
    return past + [_run_line(step, taken.get(step.path), reachable, record) for step in program.values()]


def of_steps(steps: Iterable[Instruction], entity: str) -> list[Line]:
    """Return some steps of a program for records of an entity."""
    return [_line(step, entity) for step in steps]


def _past_line(step: WorkflowStep, record: Record) -> Line:
    """A step of a release that the run has left."""
    release = step.path.removeprefix(PAST).partition(":")[0]
    action = ACTIONS.get(step.kind)
    label, report = _name(step.kind), _report(step.kind, step.result, record) if step.result else ""
    sentence = gettext("A step of release %(release)s, which this run has left", release=release)
    icon = ICONS.get(step.kind) or (action.icon if action else "bolt")
    return Line(step.path, step.kind, icon, label, sentence, 0, "", step.state, report, step)


def _run_line(instruction: Instruction, step: WorkflowStep | None, reachable: set[str], record: Record) -> Line:
    line = _line(instruction, record.entity.key)
    state = step.state if step else ("coming" if instruction.path in reachable else "skipped")
    report = _report(instruction.kind, step.result, record) if step and step.result else ""
    return Line(**{**line.__dict__, "state": state, "report": report, "step": step})


def _reachable(program: Program, path: str | None) -> Iterator[str]:
    ahead = [path]
    while ahead:
        instruction = program.get(ahead.pop() or "")
        if instruction is not None:
            yield instruction.path
            ahead += [instruction.then, instruction.other] if instruction.forks else [instruction.next]


def _line(instruction: Instruction, entity: str) -> Line:
    kind, body, action = instruction.kind, instruction.body, ACTIONS.get(instruction.kind)
    icon = ICONS.get(kind) or (action.icon if action else "bolt")
    if kind in ICONS:
        sentence = _steering(instruction)
    else:
        sentence = action.sentence_of(body, current().entities.get(entity)) if action else ""
    return Line(instruction.path, kind, icon, _name(kind), sentence, instruction.level, instruction.arm)


def _name(kind: str) -> str:
    if kind == "wait":
        return gettext("Wait")
    if kind == "branch":
        return gettext("Branch")
    action = ACTIONS.get(kind)
    return str(action.label) if action else kind


def _steering(instruction: Instruction) -> str:
    body = instruction.body
    if instruction.kind == "branch":
        return gettext("The task is done?") if body.done else f"{body.when.sentence() if body.when else ''}?"
    if body.until != "task_done":
        return gettext("Wait %(span)s", span=span_text(body.until))
    if body.at_most is None:
        return gettext("Until the task is done")
    return gettext("Until the task is done, at most %(span)s", span=span_text(body.at_most))


def _report(kind: str, result: dict[str, Any], record: Record) -> str:
    if action := ACTIONS.get(kind):
        return action.report(result, record)
    match result.get("outcome"):
        case "then":
            return gettext("Yes")
        case "else":
            return gettext("No")
        case "done":
            return gettext("The task was done.")
        case "late":
            return gettext("The task was not done in time.")
        case "over":
            return gettext("The time is over.")
    return ""
