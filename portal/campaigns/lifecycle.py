"""The life of a campaign: schedule, begin, pause, resume, cancel, finish; and what its figures add up to."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext

from portal import audit, clock, events, jobs
from portal.campaigns import audience
from portal.campaigns.content import compile_content
from portal.campaigns.models import OPEN_STATES, Campaign, CampaignState, Delivery, DeliveryState
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.mail import MergeError
from portal.security import SYSTEM, Actor, Person

LATE = timedelta(hours=2)
"""A campaign that comes to its turn later than this is held: nobody wants yesterday's greeting at night."""


def check(campaign: Campaign) -> None:
    """Raise Invalid, by field, for what would stop the sending."""
    problems: dict[str, str] = {}
    for key, text in (
        ("name", gettext("Enter a name.")),
        ("subject", gettext("Enter a subject.")),
        ("body", gettext("Write the mail.")),
    ):
        if not getattr(campaign, key).strip():
            problems[key] = text
    try:
        compile_content(campaign.subject, campaign.body)
    except MergeError as error:
        problems["body"] = gettext("Line %(line)d: %(problem)s", line=error.line, problem=error.message)
    try:
        entity, _ = audience.segment_of(campaign)
        audience.mailbox_field(entity)
    except Invalid as error:
        problems |= error.problems
    if problems:
        raise Invalid(problems)


def schedule(campaign: Campaign, at: datetime | None, *, by: Actor) -> None:
    """Send at a time, or at once; raises Invalid when the campaign is not ready, Conflict when it is under way."""
    if campaign.state not in (CampaignState.DRAFT, CampaignState.SCHEDULED):
        raise Conflict(gettext("This campaign is already under way."))
    check(campaign)
    campaign.state, campaign.scheduled_at = CampaignState.SCHEDULED, at or clock.now()
    _enqueue(campaign, at, by)
    audit.record("campaign.scheduled", by=by, data={"campaign": campaign.id, "at": campaign.scheduled_at.isoformat()})


def _enqueue(campaign: Campaign, not_before: datetime | None, by: Actor | None) -> None:
    jobs.enqueue("campaigns.send", {"campaign": campaign.id}, by=by, not_before=not_before)


def begin(campaign_id: int) -> None:
    """Freeze the list when the time has come; hold a campaign that comes to its turn too late."""
    campaign = db.session.get_one(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    now = clock.now()
    if campaign.state != CampaignState.SCHEDULED or campaign.scheduled_at is None or campaign.scheduled_at > now:
        return
    if now - campaign.scheduled_at > LATE:
        campaign.state, campaign.note = (
            CampaignState.PAUSED,
            gettext("Held: its time had passed by more than two hours."),
        )
        return
    owner = db.session.get_one(Person, campaign.owner_id)
    campaign.links = list(compile_content(campaign.subject, campaign.body).links)
    campaign.audience_size = audience.freeze(campaign, owner)
    campaign.state, campaign.started_at = CampaignState.SENDING, now
    audit.record("campaign.started", by=SYSTEM, data={"campaign": campaign.id, "audience": campaign.audience_size})


def pause(campaign: Campaign, *, by: Actor) -> None:
    """Stop after the mail in hand; raises Conflict when there is nothing to pause."""
    _move(campaign, (CampaignState.SENDING, CampaignState.SCHEDULED), CampaignState.PAUSED, by)


def resume(campaign: Campaign, *, by: Actor) -> None:
    """Go on where it stopped, or begin a campaign that was held."""
    begun = campaign.started_at is not None
    _move(campaign, (CampaignState.PAUSED,), CampaignState.SENDING if begun else CampaignState.SCHEDULED, by)
    campaign.note = ""
    if not begun:
        campaign.scheduled_at = clock.now()
    _enqueue(campaign, None, by)


def cancel(campaign: Campaign, *, by: Actor) -> None:
    """End it; who has not been sent to is skipped, and stays on the list with that reason."""
    states = (CampaignState.SCHEDULED, CampaignState.SENDING, CampaignState.PAUSED)
    _move(campaign, states, CampaignState.CANCELLED, by)
    db.session.execute(
        sa.update(Delivery)
        .where(
            Delivery.campaign_id == campaign.id,
            Delivery.state.in_((DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED)),
        )
        .values(state=DeliveryState.SKIPPED, reason="cancelled", holder="")
    )


def _move(campaign: Campaign, allowed: tuple[CampaignState, ...], to: CampaignState, by: Actor) -> None:
    if campaign.state not in allowed:
        raise Conflict(gettext("The campaign is no longer in a state for that."))
    campaign.state = to
    audit.record(f"campaign.{to.value}", by=by, data={"campaign": campaign.id})


def conclude(campaign_id: int) -> dict[str, int]:
    """Finish a campaign with nothing left to send, or call again when a deferred mail is due; gives the figures."""
    campaign = db.session.get_one(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    figures = by_state(campaign_id)
    if campaign.state == CampaignState.SENDING:
        if not any(figures.get(state, 0) for state in OPEN_STATES):
            campaign.state, campaign.finished_at = CampaignState.FINISHED, clock.now()
            events.tell("campaign.finished", entity=None, record_id=None, data={"campaign": campaign_id}, by=SYSTEM)
        else:
            _enqueue(campaign, _due_again(campaign_id), None)
    return figures


def _due_again(campaign_id: int) -> datetime | None:
    deferred = sa.select(sa.func.min(Delivery.next_try_at)).where(
        Delivery.campaign_id == campaign_id, Delivery.state == DeliveryState.DEFERRED
    )
    return db.session.execute(deferred).scalar_one()


def by_state(campaign_id: int) -> dict[str, int]:
    """The number of deliveries in each state; their sum is the frozen list."""
    rows = db.session.execute(
        sa.select(Delivery.state, sa.func.count()).where(Delivery.campaign_id == campaign_id).group_by(Delivery.state)
    )
    return dict(rows.all())


def progress(campaign_id: int) -> tuple[int, int]:
    """How many deliveries are settled, and how many there are."""
    figures = by_state(campaign_id)
    total = sum(figures.values())
    return total - sum(figures.get(state, 0) for state in OPEN_STATES), total
