"""The roles of the release, readable: who may do what."""

from flask import render_template
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal import schema
from portal.blueprints.people.blueprint import bp
from portal.extensions import db
from portal.security import Team, policy

ABILITIES = {
    "import": _l("import"),
    "export": _l("export"),
    "studio.office": _l("shape one's own office"),
    "studio.edit": _l("edit the schema"),
    "studio.publish": _l("publish releases"),
    "people.manage": _l("keep people"),
    "audit.read": _l("read the audit log"),
    "jobs.manage": _l("look after jobs"),
    "campaigns.edit": _l("write campaigns"),
    "campaigns.send": _l("send campaigns"),
    "segments.edit": _l("edit segments"),
    "reports.run": _l("run reports"),
    "reveal": _l("see behind masks, with a reason"),
    "tickets.work": _l("work tickets"),
    "bulk.approve": _l("Approve bulk exports and changes"),
    "admin": _l("look into system tables"),
}


@bp.get("/roles")
@policy.requires("people.manage")
def roles() -> str:
    """The matrix of roles and entities, as the release in force says."""
    catalog = schema.current()
    teams = list(db.session.scalars(select(Team).order_by(Team.name)))
    shown = {"roles": catalog.roles, "entities": catalog.entities, "names": ABILITIES}
    return render_template("people/roles.html", teams=teams, **shown)
