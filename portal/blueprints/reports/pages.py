"""Pages of the reports."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import insights, records
from portal.blueprints.headers import VIEWER
from portal.blueprints.reports.forms import ReportForm
from portal.jobs import Job
from portal.schema import current
from portal.security import policy

bp = Blueprint("reports", __name__, url_prefix="/reports")
PAGE = 20
WEEKDAYS = {
    "monday": _l("Monday"),
    "tuesday": _l("Tuesday"),
    "wednesday": _l("Wednesday"),
    "thursday": _l("Thursday"),
    "friday": _l("Friday"),
    "saturday": _l("Saturday"),
    "sunday": _l("Sunday"),
}


@bp.get("/")
@policy.requires("reports.run")
def index() -> str:
    """The reports there are to ask for, and those made for this person."""
    before = request.args.get("before", type=int)
    found = insights.archive.of(current_user, before, PAGE + 1)
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return render_template(
        "reports/index.html", reports=current().reports, files=found[:PAGE], older=older, weekdays=WEEKDAYS
    )


@bp.get("/new")
@policy.requires("reports.run")
def new() -> str:
    """Ask for a report."""
    asked = insights.lens.usual(current_user)
    defaults = {
        "report": request.args.get("report"),
        "subject": f"{asked.kind}:{asked.id}",
        "period": "this_month",
        "locale": current_user.locale,
    }
    form = ReportForm(formdata=None, data=defaults)
    return render_template("reports/new.html", form=_offer(form))


@bp.post("/")
@policy.requires("reports.run")
def create() -> Any:
    """Put the report into the queue and show how it comes along."""
    form = _offer(ReportForm())
    if not form.validate_on_submit():
        return render_template("reports/new.html", form=form), 422
    kind, _colon, number = form.subject.data.partition(":")
    subject = next(one for one in insights.lens.subjects(current_user) if (one.kind, str(one.id)) == (kind, number))
    job = insights.making.ask(form.report.data, subject, form.days, current_user, locale=form.locale.data)
    return redirect(url_for(".making", job_id=job.id), 303)


@bp.get("/making/<int:job_id>")
@policy.requires("reports.run")
def making(job_id: int) -> str:
    """How a report comes along; the piece asks for itself until it is done."""
    job = Job.asked(job_id, insights.making.KIND, by=current_user.id)
    file = insights.archive.of_job(job.id, current_user) if job.state == "done" else None
    page = "reports/progress.html" if request.headers.get("HX-Request") else "reports/making.html"
    return render_template(page, job=job, file=file, report=current().reports.get(job.arguments["report"]))


@bp.get("/<int:report_id>")
@policy.requires("reports.run")
def show(report_id: int) -> Response:
    """The PDF itself, in the browser or (`?download=1`) as a file."""
    row = insights.archive.fetch(report_id, current_user)
    stored = records.files.file_of(row.file_id, current_user)
    answer = send_file(
        records.files.open_bytes(stored),
        mimetype="application/pdf",
        as_attachment="download" in request.args,
        download_name=stored.name,
        max_age=0,
    )
    answer.headers["Content-Security-Policy"] = VIEWER
    return answer


def _offer(form: ReportForm) -> ReportForm:
    return form.offer(dict(current().reports), insights.lens.subjects(current_user))
