"""Move a run to the release in force: look at what that means, then choose where it goes on."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import records
from portal.blueprints import screens
from portal.blueprints.workflows.blueprint import bp
from portal.blueprints.workflows.runs import label_of, visible
from portal.rules.workflows import moving, picture
from portal.security import policy


@bp.get("/runs/<int:run_id>/move")
@policy.requires("jobs.manage")
def move_form(run_id: int) -> str:
    """Which steps the release in force no longer has, and where the run would go on."""
    run = visible(run_id)
    found = moving.choice(run)
    return render_template(
        "workflows/move.html",
        run=run,
        record=records.fetch(run.entity, run.record_id, current_user),
        label=label_of(run),
        choice=found,
        gone=picture.of_steps(found.gone, run.entity),
        steps=picture.of_steps(found.program.values(), run.entity),
        behind=moving.is_behind(run),
    )


@bp.post("/runs/<int:run_id>/move")
@policy.requires("jobs.manage")
def move(run_id: int) -> Response:
    """Let the run go on at the chosen step of the release in force."""
    moving.move(visible(run_id), request.form.get("to", ""), current_user)
    screens.tell(_("The run goes on by the release in force."))
    return redirect(url_for("workflows.run", run_id=run_id), 303)
