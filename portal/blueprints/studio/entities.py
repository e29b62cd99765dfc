"""Begin a new kind of records with a friendly form; what it writes is the YAML of the draft."""

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.studio.blueprint import bp
from portal.blueprints.studio.entity_form import EntityForm
from portal.schema import check, drafts
from portal.security import policy

Answer = Response | str | tuple[str, int]


@bp.get("/entities/new")
@policy.requires("studio.edit")
def new_entity() -> str:
    """The form of a new entity."""
    catalog = check.check(drafts.workspace(current_user).documents).catalog
    return render_template("studio/entity.html", form=EntityForm(formdata=None).offer(catalog))


@bp.post("/entities/new")
@policy.requires("studio.edit")
def add_entity() -> Answer:
    """Write the entity and the rights of the roles into the draft, when they fit the other documents."""
    documents = drafts.workspace(current_user).documents
    form = EntityForm().offer(check.check(documents).catalog)
    if not form.validate_on_submit():
        return render_template("studio/entity.html", form=form), 422
    made = form.documents(documents)
    if form.tell(check.check({**documents, **made}), made):
        return render_template("studio/entity.html", form=form), 422
    for path, text in made.items():
        drafts.write(current_user, path, text)
    screens.tell(_("The entity stands in your draft. Add its fields, then publish it."))
    return redirect(url_for(".form", kind="entities", key=form.entity_key), 303)
