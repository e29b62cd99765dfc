"""What campaigns brought: their place on a customer's timeline, and reach against orders for the review."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal import clock, schema
from portal.campaigns import figures
from portal.campaigns.models import Campaign, CampaignState, Delivery, DeliveryState
from portal.extensions import db
from portal.records import Record, reading, selection, timeline, told
from portal.security import Actor, policy

KIND = "campaign"
CONVERTS_WITHIN = timedelta(days=14)
"""An order so soon after the mail counts as brought by it; later ones do not (a hard window)."""


def rows(record: told.About, person: Actor) -> sa.Select[Any]:
    """The campaign mails a record got."""
    own = told.columns(
        KIND,
        Delivery.id,
        Delivery.sent_at,
        comment=Campaign.name,
        about=Campaign.id,
        first_at=Delivery.opened_at,
        second_at=Delivery.clicked_at,
    )
    sent = sa.select(*own).select_from(Delivery).join(Campaign, Campaign.id == Delivery.campaign_id)
    mine = sa.and_(Delivery.record_id == record.id, Campaign.entity == record.entity.key)
    return sent.where(mine, Delivery.state == DeliveryState.SENT)


def item(row: Any, record: Record, person: Actor) -> timeline.Item:
    """One mail, and what the customer did with it."""
    link = f"/campaigns/{row.about}" if policy.may(person, "campaigns.edit") else ""
    text = _reaction(row.first_at, row.second_at)
    return timeline.Item(told.moment(row), KIND, row.id, row.comment, text, "speakerphone", link=link)


def _reaction(opened: datetime | None, clicked: datetime | None) -> str:
    if clicked is not None:
        return gettext("Campaign mail, opened and clicked")
    return gettext("Campaign mail, opened") if opened is not None else gettext("Campaign mail")


def between(person: Actor, first: datetime, after: datetime) -> list[dict[str, Any]]:
    """The campaigns sent from `first` up to `after` that the person may see, with reach, conversions and money.

    Conversions are recipients with an order within CONVERTS_WITHIN of their mail, revenue those orders' sum.
    """
    ended = figures.visible(person).where(
        Campaign.started_at >= first, Campaign.started_at < after, Campaign.state != CampaignState.DRAFT
    )
    found = list(db.session.scalars(ended.order_by(Campaign.started_at)))
    numbers = figures.of([campaign.id for campaign in found])
    return [_row(campaign, numbers[campaign.id], person) for campaign in found]


def _row(campaign: Campaign, numbers: figures.Figures, person: Actor) -> dict[str, Any]:
    converted, revenue = conversions(campaign, person)
    assert campaign.started_at is not None
    return {
        "name": campaign.name,
        "channel": gettext("E-mail"),
        "sent_on": clock.to_zone(campaign.started_at).date(),
        "reach": numbers.sent,
        "opened": numbers.opened,
        "clicked": numbers.clicked,
        "converted": converted,
        "cost": campaign.cost,
        "revenue": revenue,
    }


def conversions(campaign: Campaign, person: Actor) -> tuple[int, Decimal | None]:
    """How many recipients ordered after the mail, and for how much, of the orders and fields the person may read.

    (0, None) where the schema knows no orders; no sum where the amount may not be read.
    """
    order = schema.current().entities.get("order")
    if order is None or campaign.entity != "customer" or campaign.started_at is None:
        return 0, None
    if not all(reading.may_read(person, order.fields[key]) for key in ("customer", "ordered_on")):
        return 0, None
    customer, day = (reading.column(person, order, key) for key in ("customer", "ordered_on"))
    is_open = reading.may_read(person, order.fields["amount"])
    total: Any = sa.func.sum(reading.column(person, order, "amount")) if is_open else sa.null()
    first = clock.to_zone(campaign.started_at).date()
    brought = (
        sa.select(sa.func.count(customer.distinct()), total)
        .join(Delivery, Delivery.record_id == customer)
        .where(
            Delivery.campaign_id == campaign.id,
            Delivery.state == DeliveryState.SENT,
            *selection.where("order", person),
            day.between(first, first + CONVERTS_WITHIN),
        )
    )
    number, money = db.session.execute(brought).one()
    return int(number), Decimal(money) if money is not None else None


SOURCE = told.Source(KIND, rows, item)
