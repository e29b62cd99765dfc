"""Runs of workflows: the list, one run step by step, retry and cancel."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import records, rules, schema
from portal.blueprints import screens
from portal.blueprints.workflows.blueprint import bp
from portal.errors import NotFound
from portal.rules.workflows import WorkflowRun, moving, picture
from portal.rules.workflows import runs as store
from portal.security import policy

STATES = {
    "running": (_l("Running"), "blue", "player-play"),
    "waiting": (_l("Waiting"), "yellow", "hourglass"),
    "stuck": (_l("Stuck"), "red", "alert-triangle"),
    "done": (_l("Done"), "green", "circle-check"),
    "cancelled": (_l("Cancelled"), "gray", "circle-x"),
}
STEP_STATES = {
    "running": _l("running"), "waiting": _l("waiting"), "done": _l("done"), "failed": _l("failed"),
    "cancelled": _l("cancelled"), "coming": _l("to come"), "skipped": _l("not taken"),
}  # fmt: skip
CAUSES = {"clock": _l("the clock"), "event": _l("a change"), "person": _l("a person")}


@bp.get("/runs")
@policy.signed_in
def runs() -> str:
    """Runs on records the person may see, by workflow and state."""
    workflow, state = request.args.get("workflow", ""), request.args.get("state", "")
    before = request.args.get("before", type=int)
    found = list(store.listed(current_user, workflow=workflow, state=state, before=before))
    more, found = len(found) > store.LIMIT, found[: store.LIMIT]
    following = {"workflow": workflow, "state": state, "before": found[-1].id} if more else None
    return render_template(
        "workflows/runs.html",
        rows=rows(found),
        workflow=workflow,
        state=state,
        states=STATES,
        workflows=schema.current().workflows,
        next=url_for("workflows.runs", **following) if following else None,  # type: ignore[arg-type]
    )


def rows(found: Sequence[WorkflowRun]) -> list[dict[str, Any]]:
    """Runs with the names of their records and the reasons, for a table."""
    names = records.links.called({(run.entity, run.record_id) for run in found}, current_user)
    return [
        {
            "run": run,
            "name": names.get((run.entity, run.record_id), f"#{run.record_id}"),
            "label": label_of(run),
            "reason": rules.actions.reason_text(run.reason, run.reason_data),
        }
        for run in found
    ]


def label_of(run: WorkflowRun) -> object:
    """The workflow's label today, or its key when the release no longer has it."""
    noun = schema.current().workflows.get(run.workflow)
    return noun.label if noun else run.workflow


@bp.get("/runs/<int:run_id>")
@policy.signed_in
def run(run_id: int) -> str:
    """One run, step by step."""
    found = visible(run_id)
    record = records.fetch(found.entity, found.record_id, current_user)
    return render_template(
        "workflows/run.html",
        run=found,
        record=record,
        label=label_of(found),
        lines=picture.of_run(found, record),
        states=STATES,
        step_states=STEP_STATES,
        cause=CAUSES.get(found.cause, found.cause),
        reason=rules.actions.reason_text(found.reason, found.reason_data),
        may_steer=policy.may(current_user, "jobs.manage"),
        behind=moving.is_behind(found),
    )


@bp.post("/runs/<int:run_id>/attempt")
@policy.requires("jobs.manage")
def attempt(run_id: int) -> Response:
    """Let a stuck run try its step again."""
    store.retry(visible(run_id), current_user)
    screens.tell(_("The step is tried again."))
    is_from_list = request.form.get("back") == "stuck"
    return redirect(url_for("workflows.stuck") if is_from_list else url_for("workflows.run", run_id=run_id), 303)


@bp.post("/runs/<int:run_id>/cancellation")
@policy.requires("jobs.manage")
def cancellation(run_id: int) -> Response:
    """End a run for good."""
    store.cancel(visible(run_id), current_user)
    screens.tell(_("The run is cancelled."))
    return redirect(url_for("workflows.run", run_id=run_id), 303)


def visible(run_id: int) -> WorkflowRun:
    """The run, where the person may see its record; NotFound otherwise."""
    found = store.run(run_id)
    if found.entity not in schema.current().entities:
        raise NotFound
    records.fetch(found.entity, found.record_id, current_user)
    return found
