"""The blueprint its views hang on, and the words for states and reasons."""

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from portal.campaigns import models

bp = Blueprint("campaigns", __name__, url_prefix="/campaigns")

CAMPAIGN_STATES: dict[str, tuple[Any, str]] = {
    models.CampaignState.DRAFT: (_l("Draft"), "gray"),
    models.CampaignState.SCHEDULED: (_l("Waiting for its time"), "blue"),
    models.CampaignState.SENDING: (_l("Sending"), "teal"),
    models.CampaignState.PAUSED: (_l("Paused"), "orange"),
    models.CampaignState.FINISHED: (_l("Finished"), "green"),
    models.CampaignState.CANCELLED: (_l("Cancelled"), "gray"),
}
DELIVERY_STATES: dict[str, tuple[Any, str]] = {
    models.DeliveryState.SENT: (_l("Sent"), "green"),
    models.DeliveryState.PENDING: (_l("Waiting"), "blue"),
    models.DeliveryState.CLAIMED: (_l("In hand"), "blue"),
    models.DeliveryState.SENDING: (_l("Being sent"), "teal"),
    models.DeliveryState.DEFERRED: (_l("Trying again later"), "yellow"),
    models.DeliveryState.BOUNCED: (_l("Bounced"), "red"),
    models.DeliveryState.UNCERTAIN: (_l("Uncertain"), "orange"),
    models.DeliveryState.SKIPPED: (_l("Skipped"), "gray"),
}
REASONS: dict[str, Any] = {
    "no_address": _l("no e-mail address"),
    "same_address": _l("same address as another recipient"),
    "suppressed": _l("unsubscribed or bounced before"),
    "cancelled": _l("campaign cancelled"),
    "record_gone": _l("record no longer there"),
    "worker stopped while the server was answering": _l("the worker stopped while the server was answering"),
}


@bp.context_processor
def words() -> dict[str, Any]:
    """Give the templates the words for states and reasons."""
    return {"campaign_states": CAMPAIGN_STATES, "delivery_states": DELIVERY_STATES, "reasons": REASONS}
