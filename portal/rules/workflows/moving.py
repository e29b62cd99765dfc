"""Move an open run to the release in force: by choice, never by itself, and with what it did kept in sight."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal import audit, clock, schema
from portal.errors import Conflict
from portal.rules.workflows.engine import drain_later, program_of
from portal.rules.workflows.models import WorkflowRun, WorkflowStep
from portal.rules.workflows.program import Instruction, Program, compiled
from portal.security import Actor

PAST = "~"  # begins the path of a step that belongs to a release the run has left


@dataclass(frozen=True)
class Choice:
    """What the release in force makes of a run: its steps, where the run would go on, and steps that are no more."""

    release: int
    program: Program
    proposed: str | None
    gone: Sequence[Instruction]


def is_behind(run: WorkflowRun) -> bool:
    """Tell whether the release in force says something else of the workflow than the run's own release."""
    return run.is_open and run.release != schema.current().release and program_of(run) != _in_force(run)


def choice(run: WorkflowRun) -> Choice:
    """Return what moving a run would mean; writes nothing."""
    now, then = _in_force(run), program_of(run)
    gone = [step for step in then.values() if not _is_same(step, now)]
    here = then.get(run.at or "")
    proposed = here.path if here and _is_same(here, now) else None
    return Choice(schema.current().release, now, proposed, gone)


def move(run: WorkflowRun, to: str, by: Actor) -> None:
    """Let a run go on at a step of the release in force; raises Conflict when it has ended or knows no such step."""
    found = choice(run)
    if not is_behind(run) or to not in found.program:
        raise Conflict
    keeps = to == found.proposed
    for step in run.steps:
        if not _is_kept(step, found.program) or (step.path == to and not keeps):
            _put_aside(step, run.release)
    before, run.release, run.at = run.release, found.release, to
    run.state, run.due_at, run.waits_entity, run.waits_id = "running", clock.now(), None, None
    run.reason, run.reason_data, run.attempts = None, {}, 0
    data = {"workflow": run.workflow, "run": run.id, "from": before, "to": run.release}
    audit.record("workflow.moved", by=by, entity=run.entity, record_id=run.record_id, data=data)
    drain_later()


def _in_force(run: WorkflowRun) -> Program:
    workflow = schema.current().workflows.get(run.workflow)
    return compiled(workflow.steps) if workflow and workflow.on == run.entity else {}


def _is_same(step: Instruction, program: Program) -> bool:
    other = program.get(step.path)
    return other is not None and other.kind == step.kind


def _is_kept(step: WorkflowStep, program: Program) -> bool:
    other = program.get(step.path)
    return step.path.startswith(PAST) or (other is not None and other.kind == step.kind)


def _put_aside(step: WorkflowStep, release: int) -> None:
    """Free the path for a step of the new release; what was done stays to be read."""
    step.path = f"{PAST}{release}:{step.path}"[:60]
    if step.state in ("waiting", "running", "failed"):
        step.state, step.ended_at = "cancelled", clock.now()
