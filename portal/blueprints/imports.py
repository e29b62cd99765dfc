"""Importing in the browser: send a file, map its columns, look at the check, run it, mend what was refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal import schema
from portal.blueprints import screens
from portal.errors import Invalid, NotFound, PortalError
from portal.extensions import db
from portal.integrations import Import, exports, imports, mended
from portal.jobs import Job
from portal.schema import Entity
from portal.security import policy

bp = Blueprint("imports", __name__, url_prefix="/imports")
STATES = {
    "planning": (_l("Choose columns"), "gray"),
    "checking": (_l("Being checked"), "blue"),
    "checked": (_l("Ready to import"), "yellow"),
    "running": (_l("Being imported"), "blue"),
    "done": (_l("Imported"), "green"),
}
FATES = {
    "created": (_l("Newly created"), "green"),
    "updated": (_l("Updated"), "blue"),
    "unchanged": (_l("Unchanged"), "gray"),
    "skipped": (_l("Left out"), "yellow"),
    "refused": (_l("Refused"), "red"),
}
PLANNED = {
    **FATES,
    "created": (_l("To be created"), "green"),
    "updated": (_l("To be updated"), "blue"),
    "skipped": (_l("To be left out"), "yellow"),
}
MOVING = ("checking", "running")


@bp.get("/")
@policy.requires("import")
def index() -> str:
    """The latest imports."""
    found = imports.recent(current_user)
    entities = schema.current().entities
    return render_template("imports/index.html", found=found, states=STATES, entities=entities)


@bp.get("/new")
@policy.requires("import")
def new() -> str:
    """Choose a file and what its rows are."""
    return _new_page(request.args.get("entity", ""))


@bp.post("/")
@policy.requires("import")
def create() -> Any:
    """Take the file in and look into it."""
    entity = schema.current().entities.get(request.form.get("entity", ""))
    sent = request.files.get("file")
    if entity is None or not policy.can(current_user, "create", entity.key):
        raise NotFound
    if sent is None or not sent.filename:
        return _new_page(entity.key, _("Choose a file.")), 422
    try:
        plan = imports.begin(entity, sent.stream, sent.filename, current_user)
    except PortalError as problem:
        if problem.status != 422:
            raise
        db.session.rollback()
        return _new_page(entity.key, _said(problem)), 422
    return redirect(url_for("imports.show", import_id=plan.id), 303)


@bp.get("/<int:import_id>")
@policy.requires("import")
def show(import_id: int) -> str:
    """The import where it stands; htmx gets the piece that moves."""
    plan = imports.fetch(import_id, current_user)
    if screens.is_piece():
        return render_template("imports/body.html", **_standing(plan))
    return render_template("imports/show.html", **_standing(plan))


@bp.post("/<int:import_id>/columns")
@policy.requires("import")
def columns(import_id: int) -> Any:
    """Settle the columns and have the file checked."""
    plan = imports.fetch(import_id, current_user)
    sheet = request.form.get("sheet", type=int)
    if sheet is not None and sheet != plan.sheet:
        imports.choose_sheet(plan, sheet, current_user)
    chosen = {place: request.form.get(f"column-{place}", "") for place in range(len(plan.headers))}
    try:
        imports.set_columns(plan, chosen, current_user, updates=request.form.get("updates") == "1")
    except Invalid as problem:
        db.session.rollback()
        draft = _draft(imports.fetch(import_id, current_user), sheet)
        draft.columns = {str(place): key for place, key in chosen.items() if key}
        return render_template("imports/show.html", **_standing(plan, draft, _said(problem))), 422
    return redirect(url_for("imports.show", import_id=plan.id), 303)


@bp.post("/<int:import_id>/run")
@policy.requires("import")
def run(import_id: int) -> Any:
    """Store the rows, in the background."""
    plan = imports.fetch(import_id, current_user)
    imports.start(plan, current_user)
    return redirect(url_for("imports.show", import_id=plan.id), 303)


@bp.get("/<int:import_id>/refused.xlsx")
@policy.requires("import")
def refused(import_id: int) -> Response:
    """The workbook of rows that were not taken, each with its reasons."""
    plan = imports.fetch(import_id, current_user)
    name = f"{Path(plan.file_name).stem}-{_('refused')}.xlsx"
    return _workbook(lambda path: mended.write(imports.fetch(import_id, current_user), path), name)


@bp.get("/template/<entity:entity>.xlsx")
@policy.requires("import")
def template(entity: Entity) -> Response:
    """An empty workbook with a column for each field the person may fill in."""
    if not policy.can(current_user, "create", entity.key):
        raise NotFound
    fields = imports.offered(entity, current_user)
    return _workbook(lambda path: mended.write_template(fields, path), f"{entity.plural}.xlsx")


def _workbook(write: Callable[[Path], object], name: str) -> Response:
    answer = Response(stream_with_context(mended.blocks(write)), mimetype=exports.FORMATS["xlsx"])
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _new_page(entity_key: str, problem: str = "") -> str:
    entities = [one for one in schema.current().entities.values() if policy.can(current_user, "create", one.key)]
    return render_template("imports/new.html", entities=entities, chosen=entity_key, problem=problem)


def _standing(plan: Import, draft: Import | None = None, problem: str = "") -> dict[str, Any]:
    """What the pieces of an import need."""
    is_planning = plan.state == "planning" or "change" in request.args or bool(problem)
    if is_planning and plan.state not in ("running", "done"):
        draft = draft or _draft(plan, request.args.get("sheet", type=int))
    return {
        "plan": plan,
        "draft": draft,
        "entity": schema.current().entities[plan.entity],
        "fields": imports.fields_for(plan, current_user),
        "rows": _rows(draft) if draft else [],
        "job": db.session.get(Job, plan.job_id) if plan.job_id else None,
        "sums": imports.sums(plan) if plan.state in ("running", "done") else plan.checked.get("counts", {}),
        "fates": PLANNED if plan.state == "checked" else FATES,
        "problem": problem,
        "is_moving": plan.state in MOVING,
    }


def _draft(plan: Import, sheet: int | None) -> Import:
    """The plan as it would be with another sheet; never stored."""
    draft = Import(entity=plan.entity, sheets=plan.sheets, by_id=plan.by_id, updates=plan.updates)
    if sheet is None or sheet == plan.sheet:
        draft.sheet, draft.header_row, draft.headers = plan.sheet, plan.header_row, plan.headers
        draft.columns = dict(plan.columns)
    else:
        imports.choose_sheet(draft, sheet, current_user)
    return draft


def _rows(draft: Import) -> list[list[Any]]:
    sheet = next(sheet for sheet in draft.sheets if sheet["number"] == draft.sheet)
    return [cells for number, cells in imports.samples(sheet) if number > draft.header_row][:4]


def _said(problem: PortalError) -> str:
    if isinstance(problem, Invalid):
        return " ".join(str(message) for message in problem.problems.values())
    return str(problem)
