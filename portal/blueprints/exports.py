"""Taking lists out: as a workbook or as text; long ones by a job, very long ones after an approval."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from portal import clock, schema
from portal.blueprints import attachments, screens
from portal.blueprints.jobs import STATES as JOB_STATES
from portal.blueprints.records import saved
from portal.errors import Invalid, NotFound
from portal.integrations import exports, takeouts
from portal.security import policy

bp = Blueprint("exports", __name__, url_prefix="/exports")


@bp.get("/")
@policy.requires("export")
def index() -> str:
    """What may be taken out, and what was."""
    entities = takeouts.offered(schema.current().ranked, screens.me())
    made, now = takeouts.recent(screens.me()), clock.now().isoformat()
    return render_template("exports/index.html", entities=entities, made=made, states=JOB_STATES, now=now)


@bp.post("/")
@policy.requires("export")
def create() -> Any:
    """The list that `query` describes, as a file; the deed is written down before the first byte goes out."""
    ask, person = _asked(), screens.me()
    export = ask.export(person)
    rows = export.count()
    if rows > takeouts.limit(person):
        return _request(ask, export, rows)
    if takeouts.is_long(rows):
        return redirect(url_for("jobs.show", job_id=takeouts.begin(ask, person).id), 303)
    mark = takeouts.new_mark()
    return attachments.attached(takeouts.at_once(ask, person.id, mark), takeouts.file_name(ask, mark))


def _asked() -> takeouts.Ask:
    """What the form asks for; the filters that can be read, as the list itself takes them."""
    entity = schema.current().entities.get(request.form.get("entity", ""))
    form = request.form.get("format", "xlsx")
    if entity is None or form not in exports.FORMATS or not policy.can(current_user, "export", entity.key):
        raise NotFound
    state = saved.opened(entity, screens.me(), MultiDict(parse_qsl(request.form.get("query", ""))))
    return takeouts.Ask(
        entity.key, form, state.column_keys, tuple(state.tests()), state.sort, state.text, state.archived
    )


def _request(ask: takeouts.Ask, export: exports.Export, rows: int) -> Any:
    """Ask for the reason first, then for the approval."""
    person, problems = screens.me(), {}
    if "reason" in request.form:
        ask = replace(ask, reason=request.form["reason"].strip()[:1000])
        try:
            approval = takeouts.request(ask, person, rows)
        except Invalid as refused:
            problems = refused.problems
        else:
            screens.tell(_("Your request is on its way. You get a notice when it is decided."))
            return redirect(url_for("approvals.show", approval_id=approval.id), 303)
    page = render_template(
        "exports/request.html",
        ask=ask,
        entity=export.entity,
        rows=rows,
        limit=takeouts.limit(person),
        sentence=export.sentence(),
        query=request.form.get("query", ""),
        problems=problems,
    )
    return page, 422 if problems else 200
