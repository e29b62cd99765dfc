"""The data dictionary of the release in force, as a page and as a file."""

from flask import Response, render_template
from flask_babel import lazy_gettext as _l

from portal import schema
from portal.blueprints.attachments import attached
from portal.blueprints.studio.blueprint import bp
from portal.schema import dictionary
from portal.security import policy

WORDS = {
    "public": _l("Public"),
    "internal": _l("Internal"),
    "personal": _l("Personal"),
    "sensitive": _l("Sensitive"),
    "own": _l("Own"),
    "team": _l("Team"),
    "office": _l("Office"),
    "all": _l("All"),
}


@bp.get("/dictionary")
@policy.requires("studio.edit")
def dictionary_page() -> str:
    """Every entity with its fields, and the roles."""
    catalog = schema.current()
    entities = [(entity, dictionary.rows(entity)) for entity in catalog.entities.values()]
    shown = {"entities": entities, "roles": catalog.roles, "number": catalog.release, "words": WORDS}
    return render_template("studio/dictionary.html", **shown)


@bp.get("/dictionary.md")
@policy.requires("studio.edit")
def dictionary_text() -> Response:
    """The same as Markdown, in both languages."""
    return attached(dictionary.markdown(schema.current()), "dictionary.md", "text/markdown; charset=utf-8")
