"""See a mail before it goes out: as real recipients will, or as a test in one's own mailbox."""

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.campaigns.blueprint import bp
from portal.blueprints.campaigns.forms import CampaignForm, TestForm
from portal.campaigns import audience, figures, models, rehearsal
from portal.errors import Invalid, PortalError
from portal.security import policy


@bp.post("/preview")
@policy.requires("campaigns.edit")
def preview() -> str:
    """The mail being written, as the first three of its segment will read it; nothing is kept."""
    form = CampaignForm().fill_choices()
    written = models.Campaign(
        segment=form.segment.data or "", subject=form.subject.data or "", body=form.body.data or ""
    )
    try:
        proofs = rehearsal.proofs(written, current_user)
        reach = audience.count(*audience.segment_of(written), current_user)
    except Invalid as refused:
        return render_template(
            "campaigns/preview.html", problems=list(refused.problems.values()), proofs=[], reach=None
        )
    return render_template("campaigns/preview.html", problems=[], proofs=proofs, reach=reach)


@bp.post("/<int:campaign_id>/test")
@policy.requires("campaigns.edit")
def test(campaign_id: int) -> Response:
    """Send a test mail and say whether the server took it."""
    found = figures.fetch(campaign_id, current_user)
    form = TestForm()
    if not form.validate_on_submit():
        screens.tell(form.errors["address"][0] if "address" in form.errors else _("Enter an e-mail address."), "danger")
    else:
        _send(found, str(form.address.data))
    return redirect(url_for(".campaign", campaign_id=found.id), 303)


def _send(campaign: models.Campaign, address: str) -> None:
    try:
        rehearsal.send_test(campaign, address, current_user)
    except Invalid as refused:
        screens.tell(str(next(iter(refused.problems.values()))), "danger")
    except PortalError as error:
        screens.tell(str(error), "danger")
    else:
        screens.tell(_("A test went to %(address)s.", address=address))
