"""Write a campaign; only a draft can be written on."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit, schema
from portal.blueprints import screens
from portal.blueprints.campaigns.blueprint import bp
from portal.blueprints.campaigns.forms import CampaignForm
from portal.campaigns import figures, models, rehearsal
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.security import policy

Answer = Response | str | tuple[str, int]


@bp.get("/new")
@policy.requires("campaigns.edit")
def new() -> str:
    """An empty campaign, from the first message template if there is one, to the segment asked for."""
    template, segments = next(iter(schema.current().messages.values()), None), schema.current().segments
    wanted = request.args.get("segment", "")
    start = models.Campaign(
        name="",
        subject=template.subject if template else "",
        body=template.body if template else "",
        segment=wanted if wanted in segments else next(iter(segments), ""),
        sender_name=current_user.name,
        reply_to=current_user.email or "",
    )
    return _page(CampaignForm(formdata=None, obj=start).fill_choices(), start)


@bp.post("/new")
@policy.requires("campaigns.edit")
def add() -> Answer:
    """Keep a new campaign as a draft."""
    form = CampaignForm().fill_choices()
    started = models.Campaign(owner_id=current_user.id, office_id=current_user.office_id)
    if not form.validate_on_submit():
        return _page(form, started), 422
    form.populate_obj(started)
    _keep(started)
    return _saved(started)


@bp.get("/<int:campaign_id>/edit")
@policy.requires("campaigns.edit")
def edit(campaign_id: int) -> str:
    """The form of a draft."""
    found = _draft(figures.fetch(campaign_id, current_user))
    return _page(CampaignForm(formdata=None, obj=found).fill_choices(), found)


@bp.post("/<int:campaign_id>/edit")
@policy.requires("campaigns.edit")
def change(campaign_id: int) -> Answer:
    """Save a draft."""
    found = _draft(figures.hold(campaign_id, current_user))
    form = CampaignForm().fill_choices()
    if not form.validate_on_submit():
        return _page(form, found), 422
    form.populate_obj(found)
    _keep(found)
    return _saved(found)


@bp.post("/<int:campaign_id>/copies")
@policy.requires("campaigns.edit")
def copy(campaign_id: int) -> Answer:
    """Begin a new draft from an old campaign."""
    old = figures.fetch(campaign_id, current_user)
    kept = ("goal", "cost", "segment", "subject", "body", "sender_name", "reply_to", "per_minute")
    started = models.Campaign(
        name=_("Copy of %(name)s", name=old.name)[:120],
        owner_id=current_user.id,
        office_id=current_user.office_id,
        **{key: getattr(old, key) for key in kept},
    )
    _keep(started)
    return redirect(url_for(".edit", campaign_id=started.id), 303)


def _draft(found: models.Campaign) -> models.Campaign:
    if found.state != models.CampaignState.DRAFT:
        raise Conflict(_("Only a draft can be changed. Copy the campaign to write a new one."))
    return found


def _keep(campaign: models.Campaign) -> None:
    for key in ("goal", "sender_name", "reply_to"):
        setattr(campaign, key, getattr(campaign, key) or "")
    db.session.add(campaign)
    db.session.flush()
    audit.record("campaign.saved", by=current_user, data={"campaign": campaign.id})


def _saved(campaign: models.Campaign) -> Response:
    screens.tell(_("%(name)s is saved.", name=campaign.name))
    return redirect(url_for(".campaign", campaign_id=campaign.id), 303)


def _page(form: CampaignForm, campaign: models.Campaign) -> str:
    try:
        fields = rehearsal.field_names(campaign, current_user)
    except Invalid:
        fields = []
    return render_template("campaigns/edit.html", form=form, campaign=campaign, fields=fields)
