"""The roles of the release, readable: who may do what."""

from flask import render_template

from portal import schema
from portal.blueprints.people.blueprint import bp
from portal.security import policy


@bp.get("/roles")
@policy.requires("people.manage")
def roles() -> str:
    """The matrix of roles and entities, as the release in force says."""
    catalog = schema.current()
    return render_template("people/roles.html", roles=catalog.roles, entities=catalog.entities)
