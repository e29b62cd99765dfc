"""Runs that stand still, by reason, and what a person does about them."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import rules, schema
from portal.blueprints import screens
from portal.blueprints.workflows.blueprint import bp
from portal.blueprints.workflows.runs import rows, visible
from portal.rules.workflows import runs as store
from portal.security import policy


@bp.get("/stuck")
@policy.signed_in
def stuck() -> str:
    """The stuck runs on records the person may see, those that began last on top."""
    workflow, before = request.args.get("workflow", ""), request.args.get("before", type=int)
    found = list(store.listed(current_user, workflow=workflow, state="stuck", before=before))
    more, found = len(found) > store.LIMIT, found[: store.LIMIT]
    return render_template(
        "workflows/stuck.html",
        rows=rows(found),
        reasons=_reasons(workflow),
        workflow=workflow,
        workflows=schema.current().workflows,
        may_steer=policy.may(current_user, "jobs.manage"),
        next=url_for("workflows.stuck", workflow=workflow, before=found[-1].id) if more else None,
    )


def _reasons(workflow: str) -> list[dict[str, Any]]:
    """How many runs of which workflow stand for which kind of reason."""
    nouns = schema.current().workflows
    return [
        {
            "workflow": key,
            "label": nouns[key].label if key in nouns else key,
            "reason": reason,
            "number": number,
            "text": rules.actions.kind_of(reason),
        }
        for key, reason, number in store.stuck_reasons(current_user, workflow)
    ]


@bp.post("/stuck/attempt")
@policy.requires("jobs.manage")
def attempt_all() -> Response:
    """Let all runs of a workflow that stand for one reason try again."""
    workflow = request.form.get("workflow", "")
    number = store.retry_all(current_user, workflow, request.form.get("reason", ""))
    screens.tell(ngettext("%(num)d run is tried again.", "%(num)d runs are tried again.", number))
    return redirect(url_for("workflows.stuck"), 303)


@bp.post("/stuck/<int:run_id>/end")
@policy.requires("jobs.manage")
def give_up(run_id: int) -> Response:
    """End a stuck run for good and come back to the list."""
    store.cancel(visible(run_id), current_user)
    screens.tell(_("The run is given up."))
    return redirect(url_for("workflows.stuck"), 303)
