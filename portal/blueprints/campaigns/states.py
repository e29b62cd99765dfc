"""Schedule, pause, go on with, and cancel a campaign."""

from flask import redirect, url_for
from flask_babel import gettext as _
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
    found = figures.fetch(campaign_id, current_user)
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


@bp.post("/<int:campaign_id>/pause")
@policy.requires("campaigns.send")
def pause(campaign_id: int) -> Response:
    """Stop after the mail in hand."""
    found = figures.fetch(campaign_id, current_user)
    lifecycle.pause(found, by=current_user)
    screens.tell(_("Paused."), undo=url_for(".resume", campaign_id=found.id))
    return _back(found)


@bp.post("/<int:campaign_id>/resumption")
@policy.requires("campaigns.send")
def resume(campaign_id: int) -> Response:
    """Go on where it stopped."""
    found = figures.fetch(campaign_id, current_user)
    lifecycle.resume(found, by=current_user)
    screens.tell(_("Sending goes on."))
    return _back(found)


@bp.post("/<int:campaign_id>/cancellation")
@policy.requires("campaigns.send")
def cancel(campaign_id: int) -> Response:
    """End it; those not reached yet are skipped."""
    found = figures.fetch(campaign_id, current_user)
    lifecycle.cancel(found, by=current_user)
    screens.tell(_("Cancelled. Nobody else gets this mail."))
    return _back(found)


def _back(campaign: models.Campaign) -> Response:
    return redirect(url_for(".campaign", campaign_id=campaign.id), 303)
