"""Schedule, pause, go on with, and cancel a campaign."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.campaigns.blueprint import bp
from portal.blueprints.campaigns.forms import ScheduleForm
from portal.campaigns import figures, lifecycle, models
from portal.errors import Invalid
from portal.security import policy


@bp.post("/<int:campaign_id>/schedule")
@policy.requires("campaigns.send")
def schedule(campaign_id: int) -> Response:
    """Send at a time, or now."""
    found = figures.hold(campaign_id, current_user)
    form = ScheduleForm()
    if not form.validate_on_submit():
        screens.tell(_("Enter a time such as 2026-03-31 09:00."), "danger")
        return _back(found)
    try:
        lifecycle.schedule(found, form.moment(), by=current_user)
    except Invalid as refused:
        screens.tell(" ".join(str(problem) for problem in refused.problems.values()), "danger")
    else:
        screens.tell(_("The campaign is scheduled.") if form.at.data else _("Sending begins."))
    return _back(found)


@dataclass(frozen=True)
class Move:
    """A change of state that asks for nothing: what does it, what is said of it, and the move that takes it back."""

    do: Callable[..., object]
    said: Any
    back: str | None = None


MOVES = {
    "pause": Move(lifecycle.pause, _l("Paused."), back="resumption"),
    "resumption": Move(lifecycle.resume, _l("Sending goes on.")),
    "cancellation": Move(lifecycle.cancel, _l("Cancelled. Nobody else gets this mail.")),
}


@bp.post("/<int:campaign_id>/pause", defaults={"name": "pause"})
@bp.post("/<int:campaign_id>/resumption", defaults={"name": "resumption"})
@bp.post("/<int:campaign_id>/cancellation", defaults={"name": "cancellation"})
@policy.requires("campaigns.send")
def move(campaign_id: int, name: str) -> Response:
    """Stop after the mail in hand, go on where it stopped, or end it: those not reached yet are skipped."""
    found, made = figures.hold(campaign_id, current_user), MOVES[name]
    made.do(found, by=current_user)
    screens.tell(made.said, undo=url_for(".move", campaign_id=found.id, name=made.back) if made.back else None)
    return _back(found)


def _back(campaign: models.Campaign) -> Response:
    return redirect(url_for(".campaign", campaign_id=campaign.id), 303)
