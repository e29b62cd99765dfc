"""What is done with a whole draft: thrown away, or put on top of a newer release."""

from flask import redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.studio.blueprint import bp
from portal.schema import drafts
from portal.security import policy


@bp.post("/draft/removal")
@policy.requires("studio.edit")
def discard() -> Response:
    """Forget all edits of the draft."""
    drafts.discard(current_user)
    screens.tell(_("Your draft is gone; everything is as published."))
    return redirect(url_for(".index"), 303)


@bp.post("/draft/move")
@policy.requires("studio.edit")
def move() -> Response:
    """Put the edits on top of the release in force."""
    drafts.move(current_user)
    screens.tell(_("Your draft now stands on the release in force."))
    return redirect(url_for(".review"), 303)
