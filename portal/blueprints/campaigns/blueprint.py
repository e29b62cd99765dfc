"""The blueprint its views hang on, and the words for states and reasons."""

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from portal.campaigns.models import CampaignState, DeliveryState

bp = Blueprint("campaigns", __name__, url_prefix="/campaigns")

CAMPAIGN_STATES: dict[str, tuple[Any, str]] = {
    CampaignState.DRAFT: (_l("Draft"), "gray"),
    CampaignState.SCHEDULED: (_l("Scheduled"), "blue"),
    CampaignState.SENDING: (_l("Sending"), "teal"),
    CampaignState.PAUSED: (_l("Paused"), "orange"),
    CampaignState.FINISHED: (_l("Finished"), "green"),
    CampaignState.CANCELLED: (_l("Cancelled"), "gray"),
}
DELIVERY_STATES: dict[str, tuple[Any, str]] = {
    DeliveryState.SENT: (_l("Sent"), "green"),
    DeliveryState.PENDING: (_l("Waiting"), "blue"),
    DeliveryState.CLAIMED: (_l("In hand"), "blue"),
    DeliveryState.SENDING: (_l("Being sent"), "teal"),
    DeliveryState.DEFERRED: (_l("Trying again later"), "yellow"),
    DeliveryState.BOUNCED: (_l("Bounced"), "red"),
    DeliveryState.UNCERTAIN: (_l("Uncertain"), "orange"),
    DeliveryState.SKIPPED: (_l("Skipped"), "gray"),
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
