"""The data dictionary of the release in force, as a page and as a file."""

from flask import Response, render_template

from portal import schema
from portal.blueprints.attachments import attached
from portal.blueprints.studio.blueprint import bp
from portal.blueprints.studio.telling import WORDS
from portal.schema import dictionary
from portal.security import policy


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
