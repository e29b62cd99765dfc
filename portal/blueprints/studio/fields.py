"""Add a field with a friendly form; what it writes is the YAML of the draft, comments kept."""

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.studio.blueprint import bp
from portal.blueprints.studio.field_form import FieldForm, sealable, types_with
from portal.errors import NotFound
from portal.schema import Entity, check, directory, drafts, edit
from portal.security import policy

Answer = Response | str | tuple[str, int]


@bp.get("/entities/<key>/fields/new")
@policy.requires("studio.edit")
def new_field(key: str) -> str:
    """The form of a new field."""
    entity = _entity(key)
    return _page(FieldForm(formdata=None).offer(entity, _entities()), entity)


@bp.post("/entities/<key>/fields/new")
@policy.requires("studio.edit")
def add_field(key: str) -> Answer:
    """Write the field into the entity's document in the draft."""
    entity = _entity(key)
    form = FieldForm().offer(entity, _entities())
    seen = drafts.workspace(current_user)
    path = str(directory.path_of("entities", key))
    if not form.validate_on_submit():
        return _page(form, entity), 422
    text = form.write(seen.documents[path])
    wrong = [item for item in check.check({**seen.documents, path: text}).errors if form.field_key in item.path]
    if wrong:
        form.tell(wrong)
        return _page(form, entity), 422
    drafts.write(current_user, path, text)
    screens.tell(_("The field stands in your draft. Publish it to put it into force."))
    return redirect(url_for(".edit", kind="entities", key=key) + f"#L{edit.line_of(text, form.field_key)}", 303)


def _page(form: FieldForm, entity: Entity) -> str:
    needs = {"encrypted": sealable(), **{option: types_with(option) for option in ("options", "to")}}
    return render_template("studio/field.html", form=form, entity=entity, needs=needs)


def _entities() -> dict[str, Entity]:
    seen = drafts.workspace(current_user)
    return dict(check.check(seen.documents).catalog.entities)


def _entity(key: str) -> Entity:
    entity = _entities().get(key)
    if entity is None:
        raise NotFound()
    return entity
