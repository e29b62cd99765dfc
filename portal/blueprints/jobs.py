"""Background work: list, page with live progress, cancel, run again; what the clock held back."""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal import audit, jobs
from portal.blueprints import screens
from portal.blueprints.addresses import to
from portal.errors import NotFound
from portal.extensions import db
from portal.jobs import Job, kinds, model
from portal.jobs.schedules import Schedule
from portal.security import people, policy

PAGE = 50
STATES = {
    model.QUEUED: (_l("Waiting"), "gray"),
    model.RUNNING: (_l("Running"), "blue"),
    model.DONE: (_l("Done"), "green"),
    model.FAILED: (_l("Failed"), "red"),
    model.CANCELLED: (_l("Cancelled"), "gray"),
    model.DEAD: (_l("Given up"), "red"),
}
bp = Blueprint("jobs", __name__, url_prefix="/jobs")
bp.add_app_template_global(kinds.label_of, "job_label")


@bp.get("/")
@policy.signed_in
def index() -> str:
    """One's own jobs, newest first; all of them for who may manage jobs."""
    before = request.args.get("before", type=int)
    query = _mine(sa.select(Job)).order_by(Job.id.desc()).limit(PAGE + 1)
    found = list(db.session.scalars(query.where(Job.id < before) if before else query))
    older = url_for("jobs.index", before=found[PAGE - 1].id) if len(found) > PAGE else None
    return render_template(
        "jobs/index.html",
        found=found[:PAGE],
        older=older,
        names=people.names(job.asked_by for job in found),
        states=STATES,
        held=_held(),
        before=before,
    )


@bp.get("/<int:job_id>")
@policy.signed_in
def show(job_id: int) -> str:
    """One job; for htmx only the piece that moves."""
    name = "jobs/progress.html" if screens.is_piece() else "jobs/show.html"
    return render_template(name, job=_one(job_id), states=STATES)


@bp.post("/<int:job_id>/cancellation")
@policy.signed_in
def cancel(job_id: int) -> Any:
    """Ask a job to stop."""
    _one(job_id)
    jobs.cancel(job_id)
    audit.record("job.cancelled", by=current_user, entity="job", record_id=job_id)
    return _back(job_id, _("The job stops after its present step."))


@bp.post("/<int:job_id>/retrial")
@policy.signed_in
def retry(job_id: int) -> Any:
    """Let an ended job run again; 409 when it has not ended."""
    _one(job_id)
    jobs.retry(job_id)
    audit.record("job.retried", by=current_user, entity="job", record_id=job_id)
    return _back(job_id, _("The job runs again from where it was."))


@bp.post("/held/<name>/run")
@policy.requires("jobs.manage")
def run_held(name: str) -> Any:
    """Run what the clock held back because it was too late."""
    job = jobs.schedules.run_held(name)
    audit.record("schedule.run", by=current_user, data={"schedule": name})
    return _back(job.id if job else None, _("The job has been asked for."))


@bp.post("/held/<name>/dismissal")
@policy.requires("jobs.manage")
def dismiss_held(name: str) -> Any:
    """Let it pass."""
    jobs.schedules.drop_held(name)
    audit.record("schedule.dismissed", by=current_user, data={"schedule": name})
    return _back(None, _("It will run again at its next time."))


def _back(job_id: int | None, message: str) -> Response:
    screens.tell(message)
    return to(url_for("jobs.show", job_id=job_id) if job_id else url_for("jobs.index"))


def _one(job_id: int) -> Job:
    job = db.session.scalar(_mine(sa.select(Job)).where(Job.id == job_id))
    if job is None:
        raise NotFound
    return job


def _mine(query: sa.Select[Job]) -> sa.Select[Job]:
    return query.where(policy.deeds(current_user, "jobs.manage", Job.asked_by))


def _held() -> list[Schedule]:
    if not policy.may(current_user, "jobs.manage"):
        return []
    query = sa.select(Schedule).where(Schedule.held_due_at.is_not(None)).order_by(Schedule.held_due_at)
    return list(db.session.scalars(query))
