"""New and edit: forms in sections, errors beside the fields, and a conflict that loses nothing."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import duplicates, forms, records
from portal.blueprints import screens
from portal.blueprints.addresses import local
from portal.blueprints.records import conflict, undo
from portal.blueprints.records.blueprint import bp
from portal.errors import Conflict, Invalid
from portal.fields import FieldError
from portal.records import Record
from portal.schema import Entity
from portal.security import policy

REDRAW = "_redraw"
Answer = Response | tuple[str, int]


@bp.get("/<entity:entity>/new")
@policy.requires_entity("create")
def new(entity: Entity) -> str:
    """An empty form; fields named in the address are filled in."""
    record = records.new(entity.key, current_user)
    record.values.update(_given(entity))
    return _page(record, forms.record_form(entity, current_user, record))


@bp.post("/<entity:entity>/new")
@policy.requires_entity("create")
def create(entity: Entity) -> Answer:
    """Save a new record and go to its page, or to where the form was opened from."""
    record = records.new(entity.key, current_user)
    form = forms.record_form(entity, current_user, record)
    if REDRAW in request.form:
        return _redrawn(record, form)
    if not form.validate_on_submit():
        return _page(record, form), 422
    try:
        saved = records.save(record, form.values(current_user), by=current_user)
    except Invalid as refused:
        return _page(record, form, problems=form.tell(refused.problems)), 422
    screens.tell(_("%(name)s is saved.", name=saved.title))
    return redirect(_after(saved), 303)


@bp.get("/<entity:entity>/<int:record_id>/edit")
@policy.requires_entity("edit")
def edit(entity: Entity, record_id: int) -> str:
    """The form of a record."""
    record = records.fetch(entity.key, record_id, current_user, "edit")
    return _page(record, forms.record_form(entity, current_user, record))


@bp.post("/<entity:entity>/<int:record_id>/edit")
@policy.requires_entity("edit")
def change(entity: Entity, record_id: int) -> Answer:
    """Save a record; when somebody else saved first, both values are shown and nothing typed is lost."""
    record = records.fetch(entity.key, record_id, current_user, "edit")
    form = forms.record_form(entity, current_user, record)
    if REDRAW in request.form:
        return _redrawn(record, form)
    if not form.validate_on_submit():
        return _page(record, form), 422
    try:
        saved = records.save(record, form.values(current_user), by=current_user, version=form.read_version)
    except Invalid as refused:
        return _page(record, form, problems=form.tell(refused.problems)), 422
    except Conflict as clash:
        return _page(record, form, clashes=conflict.both(record, form, clash)), 409
    screens.tell(_("%(name)s is saved.", name=saved.title), undo=undo.address([saved]))
    return redirect(_after(saved), 303)


def _given(entity: Entity) -> dict[str, Any]:
    """The values that the address brings for a new record; what cannot be read is left out."""
    given = {}
    for key, field in entity.writable().items():
        if key in request.args:
            try:
                given[key] = field.type.parse(request.args[key])
            except FieldError:
                continue
    return given


def _redrawn(record: Record, form: forms.RecordForm) -> tuple[str, int]:
    """The form as what stands in it wants it; nothing is saved."""
    form.redraw()
    return _page(record, form), 200


def _after(saved: Record) -> str:
    own = url_for("records.show", entity=saved.entity, record_id=saved.id)
    return local(request.form.get("back"), own)


def _page(record: Record, form: forms.RecordForm, *, clashes: Sequence[Any] = (), problems: Sequence[Any] = ()) -> str:
    return render_template(
        "records/form.html",
        entity=record.entity,
        record=record,
        form=form,
        has_twins=duplicates.index.rule_of(record.entity.key) is not None,
        clashes=clashes,
        problems=problems,
        back=local(request.values.get("back"), ""),
    )
