"""Where a field is used, and its new key in all documents of the draft."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.studio import telling
from portal.blueprints.studio.blueprint import bp
from portal.errors import Invalid, NotFound
from portal.schema import Entity, check, directory, drafts, usage
from portal.security import policy


@bp.get("/entities/<key>/fields")
@policy.requires("studio.edit")
def fields(key: str) -> str:
    """The fields of an entity."""
    return render_template("studio/fields.html", entity=_entity(key), words=telling.WORDS)


@bp.get("/entities/<key>/fields/<name>")
@policy.requires("studio.edit")
def uses(key: str, name: str) -> str:
    """All places that name a field."""
    entity = _entity(key)
    if name not in entity.fields:
        raise NotFound
    found = usage.uses(drafts.workspace(current_user).documents, key, name)
    facts = {"uses": found, "declared": _is_declared(key, name)}
    return render_template("studio/uses.html", entity=entity, field=entity.fields[name], **facts)


@bp.post("/entities/<key>/fields/<name>/renaming")
@policy.requires("studio.edit")
def rename(key: str, name: str) -> Response:
    """Write the new key into all documents of the draft; the data stays where it is."""
    new = request.form.get("new", "").strip()
    if directory.path_of("entities", new) is None:
        raise Invalid({"new": _("Use small letters, digits and underscore, beginning with a letter.")})
    if not _is_declared(key, name):
        raise NotFound
    changed = usage.renamed(drafts.workspace(current_user).documents, key, name, new)
    for path, text in changed.items():
        drafts.write(current_user, path, text)
    screens.tell(_("The new key stands in %(count)s documents of your draft.", count=len(changed)))
    return redirect(url_for(".review"), 303)


def _entity(key: str) -> Entity:
    entity = check.check(drafts.workspace(current_user).documents).catalog.entities.get(key)
    if entity is None:
        raise NotFound
    return entity


def _is_declared(key: str, name: str) -> bool:
    """Whether the field stands in the entity's own document: metrics and tiers are named by theirs."""
    tree = check.check(drafts.workspace(current_user).documents).trees.get(f"entities/{key}.yml")
    return isinstance(tree, dict) and name in tree.get("fields", {})
