"""Look at the portal as a role, and stop."""

from flask import redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.people.blueprint import bp
from portal.security import policy
from portal.security.policy import disguise


@bp.post("/roles/sight")
@policy.requires("people.manage")
def see_as() -> Response:
    """Put a role on and go to the first page."""
    team = request.form.get("team", type=int)
    session["disguise"] = disguise.put_on(screens.me(), request.form.get("role", ""), team)
    return redirect(url_for("home.home"), 303)


@bp.post("/roles/sight/end")
@policy.signed_in
def be_oneself() -> Response:
    """Take the role off; nothing happens to somebody who wears none."""
    person = screens.me()
    session.pop("disguise", None)
    if not person.seen_as:
        return redirect(url_for("home.home"), 303)
    disguise.take_off(person)
    screens.tell(_("You are yourself again."))
    return redirect(url_for("people.roles"), 303)
