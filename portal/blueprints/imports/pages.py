"""The pages of an import, from the file to its records, and back."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal import schema
from portal.blueprints import screens
from portal.blueprints.imports.blueprint import bp
from portal.blueprints.imports.standing import draft_of, standing
from portal.blueprints.imports.words import STATES
from portal.errors import Invalid, NotFound, PortalError
from portal.extensions import db
from portal.integrations import Import, Reading, imports, undoing
from portal.security import policy


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
        return render_template("imports/body.html", **standing(plan))
    return render_template("imports/show.html", **standing(plan))


@bp.post("/<int:import_id>/columns")
@policy.requires("import")
def columns(import_id: int) -> Any:
    """Settle the columns and have the file checked."""
    plan = imports.fetch(import_id, current_user)
    reading = Reading.of(request.form)
    sheet = request.form.get("sheet", type=int)
    if "anew" in request.form or (sheet == plan.sheet and _is_read_otherwise(plan, reading)):
        return _anew(plan, reading)
    if sheet is not None and sheet != plan.sheet:
        imports.choose_sheet(plan, sheet, current_user)
    chosen = {place: request.form.get(f"column-{place}", "") for place in range(len(plan.headers))}
    try:
        imports.set_columns(
            plan,
            chosen,
            current_user,
            mode=request.form.get("mode", "upsert"),
            match_by=request.form.get("match_by", "").split(),
            reading=reading,
        )
    except Invalid as problem:
        db.session.rollback()
        draft = draft_of(imports.fetch(import_id, current_user), sheet)
        draft.columns = {str(place): key for place, key in chosen.items() if key}
        return render_template("imports/show.html", **standing(plan, draft, _said(problem))), 422
    return redirect(url_for("imports.show", import_id=plan.id), 303)


@bp.post("/<int:import_id>/run")
@policy.requires("import")
def run(import_id: int) -> Any:
    """Store the rows, in the background."""
    plan = imports.fetch(import_id, current_user)
    imports.start(plan, current_user)
    return redirect(url_for("imports.show", import_id=plan.id), 303)


@bp.post("/<int:import_id>/reversal")
@policy.requires("import")
def undo(import_id: int) -> Any:
    """Undo the whole import, in the background; 409 when it is at work or undone."""
    undoing.start(imports.fetch(import_id, current_user), current_user)
    return redirect(url_for("imports.show", import_id=import_id), 303)


def _is_read_otherwise(plan: Import, reading: Reading) -> bool:
    """Whether other columns come out than those on the page: then they are shown before anything is checked."""
    asked = {**reading.shape, "header_row": request.form.get("header_row", type=int)}
    now = {**Reading.of(plan.reading).shape, "header_row": plan.header_row}
    return any(value and value != now[key] for key, value in asked.items())


def _anew(plan: Import, reading: Reading) -> Any:
    try:
        imports.read_anew(plan, reading, current_user, request.form.get("header_row", type=int))
    except PortalError as problem:
        if problem.status != 422:
            raise
        db.session.rollback()
        plan = imports.fetch(plan.id, current_user)
        return render_template("imports/show.html", **standing(plan, problem=_said(problem))), 422
    return redirect(url_for("imports.show", import_id=plan.id, change=1), 303)


def _new_page(entity_key: str, problem: str = "") -> str:
    entities = [one for one in schema.current().ranked if policy.can(current_user, "create", one.key)]
    return render_template("imports/new.html", entities=entities, chosen=entity_key, problem=problem)


def _said(problem: PortalError) -> str:
    if isinstance(problem, Invalid):
        return " ".join(str(message) for message in problem.problems.values())
    return str(problem)
