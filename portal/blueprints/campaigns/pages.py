"""The list of campaigns, and one campaign as it stands."""

from flask import render_template, request
from flask_login import current_user

from portal.blueprints import screens
from portal.blueprints.campaigns.blueprint import bp
from portal.blueprints.campaigns.forms import ScheduleForm, TestForm
from portal.campaigns import audience, figures, models
from portal.errors import Invalid
from portal.extensions import db
from portal.security import policy


@bp.get("/")
@policy.requires("campaigns.edit")
def index() -> str:
    """All campaigns in sight, the latest first."""
    chosen = figures.visible(current_user).order_by(models.Campaign.id.desc()).limit(200)
    found = list(db.session.execute(chosen).scalars())
    return render_template("campaigns/index.html", campaigns=found, numbers=figures.of([one.id for one in found]))


@bp.get("/<int:campaign_id>")
@policy.requires("campaigns.edit")
def campaign(campaign_id: int) -> str:
    """One campaign; while it is sending, a swap fetches only the figures."""
    found = figures.fetch(campaign_id, current_user)
    piece = screens.is_piece() and request.headers.get("HX-Target") == "campaign-state"
    state = request.args.get("state") or None
    shown = figures.recipients(found, screens.me(), state, request.args.get("after", 0, type=int))
    return render_template(
        "campaigns/state.html" if piece else "campaigns/campaign.html",
        campaign=found,
        numbers=figures.of([found.id])[found.id],
        recipients=shown,
        more=len(shown) == figures.PAGE,
        state=state,
        links=figures.clicks_by_link(found),
        machines=figures.machine_touches(found.id),
        reach=_reach(found),
        schedule=ScheduleForm(formdata=None),
        test=TestForm(formdata=None, address=current_user.email),
    )


def _reach(campaign: models.Campaign) -> int | None:
    """How many the segment holds now, as long as the list is not frozen."""
    if campaign.audience_size is not None:
        return None
    try:
        return audience.count(*audience.segment_of(campaign), current_user)
    except Invalid:
        return None
