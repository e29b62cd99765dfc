"""One value changed where it stands, with the version that was on the page."""

from typing import Any

from flask import make_response, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal import records
from portal.blueprints import screens
from portal.blueprints.records import undo
from portal.blueprints.records.blueprint import bp
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.fields import Field
from portal.records import Record
from portal.schema import Entity
from portal.security import policy
from portal.security.policy import Access

Answer = str | tuple[str, int] | Response


def one_field(field: Field, value: Any = None) -> Any:
    """A form of one field, its entry called "value", with what was sent or the value."""
    return type("OneField", (FlaskForm,), {"value": field.type.form_field(field)})(data={"value": value})


@bp.get("/<entity:entity>/<int:record_id>/cells/<field>")
@policy.requires_entity("edit")
def cell(entity: Entity, record_id: int, field: str) -> str:
    """The input of a cell, or with `?shown` the cell as it was."""
    record = records.fetch(entity.key, record_id, current_user, "edit")
    chosen = _field(record, field)
    if "shown" in request.args:
        return _shown(record, chosen)
    return _input(record, chosen, one_field(chosen, record.value(field))["value"])


@bp.post("/<entity:entity>/<int:record_id>/cells/<field>")
@policy.requires_entity("edit")
def change_cell(entity: Entity, record_id: int, field: str) -> Answer:
    """Save one value; a stale version answers 409 with both values."""
    record = records.fetch(entity.key, record_id, current_user, "edit")
    chosen = _field(record, field)
    form = one_field(chosen, record[field])
    entry = form["value"]
    if not form.validate():
        return _input(record, chosen, entry), 422
    version = request.form.get("_version", type=int)
    try:
        saved = records.save(record, {field: entry.data}, by=current_user, version=version)
    except Invalid as refused:
        entry.errors = [str(problem) for problem in refused.problems.values()]
        return _input(record, chosen, entry), 422
    except Conflict:
        return _input(record, chosen, entry, theirs=record.text(field) or "—"), 409
    answer = make_response(_shown(saved, chosen))
    return screens.toast(answer, _("%(field)s is saved.", field=chosen.label), undo=undo.address([saved]))


def _field(record: Record, key: str) -> Field:
    field = record.entity.writable().get(key)
    if field is None or field.type.is_upload or field.type.is_automatic:
        raise NotFound
    if record.access(key) < Access.WRITE:
        raise Forbidden
    return field.among(record.values)


def _input(record: Record, field: Field, entry: Any, theirs: str | None = None) -> str:
    return render_template("records/cell_input.html", record=record, field=field, entry=entry, theirs=theirs)


def _shown(record: Record, field: Field) -> str:
    return render_template("records/cell.html", record=record, field=field)
