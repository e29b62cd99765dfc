"""The roles of the release, readable: who may do what."""

from flask import render_template
from sqlalchemy import select

from portal import schema
from portal.blueprints.people.blueprint import bp
from portal.extensions import db
from portal.forms import document
from portal.security import Team, policy


@bp.get("/roles")
@policy.requires("people.manage")
def roles() -> str:
    """The matrix of roles and entities, as the release in force says."""
    catalog = schema.current()
    teams = list(db.session.scalars(select(Team).order_by(Team.name)))
    shown = {"roles": catalog.roles, "entities": catalog.entities, "names": document.words.ABILITIES}
    return render_template("people/roles.html", teams=teams, **shown)
