"""What a campaign has reached: figures, recipients, links, and its place on a customer's timeline."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from portal import schema
from portal.campaigns import audience
from portal.campaigns.models import OPEN_STATES, Campaign, Delivery, DeliveryState, Touch
from portal.errors import Invalid, NotFound
from portal.extensions import db
from portal.records import reach
from portal.schema import Entity
from portal.security import Actor, policy

PAGE = 50


def visible(person: Actor) -> sa.Select[Campaign]:
    """The campaigns a person may see: those of the own office, or all for who administers the portal."""
    chosen = sa.select(Campaign)
    if policy.may(person, "admin"):
        return chosen
    return chosen.where(sa.or_(Campaign.office_id == person.office_id, Campaign.owner_id == person.id))


def fetch(campaign_id: int, person: Actor) -> Campaign:
    """The campaign, or NotFound for whoever may not see it."""
    return _one(visible(person).where(Campaign.id == campaign_id))


def hold(campaign_id: int, person: Actor) -> Campaign:
    """The same as it stands now, for a deed that hangs on its state: nobody else moves it before the deed is done."""
    mine = visible(person).where(Campaign.id == campaign_id)
    return _one(mine.with_for_update().execution_options(populate_existing=True))


def _one(chosen: sa.Select[Campaign]) -> Campaign:
    found = db.session.scalars(chosen).one_or_none()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Figures:
    """Numbers of one campaign; the rates are shares of the sent ones, 0 to 1."""

    states: dict[str, int]
    opened: int
    clicked: int

    @property
    def total(self) -> int:
        """The length of the frozen list."""
        return sum(self.states.values())

    @property
    def sent(self) -> int:
        return self.states.get(DeliveryState.SENT, 0)

    @property
    def waiting(self) -> int:
        return sum(self.states.get(state, 0) for state in OPEN_STATES)

    @property
    def open_rate(self) -> float:
        return self.opened / self.sent if self.sent else 0.0

    @property
    def click_rate(self) -> float:
        return self.clicked / self.sent if self.sent else 0.0


def of(ids: Sequence[int]) -> dict[int, Figures]:
    """The figures of several campaigns in one statement."""
    rows = db.session.execute(
        sa.select(
            Delivery.campaign_id,
            Delivery.state,
            sa.func.count(),
            sa.func.count(Delivery.opened_at),
            sa.func.count(Delivery.clicked_at),
        )
        .where(Delivery.campaign_id.in_(ids))
        .group_by(Delivery.campaign_id, Delivery.state)
    ).all()
    gathered: dict[int, tuple[dict[str, int], int, int]] = {campaign_id: ({}, 0, 0) for campaign_id in ids}
    for campaign_id, state, number, opened, clicked in rows:
        states, opens, clicks = gathered[campaign_id]
        gathered[campaign_id] = ({**states, state: number}, opens + opened, clicks + clicked)
    return {campaign_id: Figures(*numbers) for campaign_id, numbers in gathered.items()}


@dataclass(frozen=True)
class Recipient:
    """One delivery as somebody may see it: the address whole, masked or not at all, and so in the server's answer."""

    delivery: Delivery
    address: str
    reason: str


def recipients(campaign: Campaign, person: Actor, state: str | None = None, after: int = 0) -> list[Recipient]:
    """A page of the list in its order, of one state or all, after a delivery's id.

    Whoever sees the campaign sees how each delivery went, but an address only of records within reach.
    """
    chosen = sa.select(Delivery).where(Delivery.campaign_id == campaign.id, Delivery.id > after)
    if state:
        chosen = chosen.where(Delivery.state == state)
    rows = db.session.scalars(chosen.order_by(Delivery.id).limit(PAGE)).all()
    entity = schema.current().entities.get(campaign.entity)
    known = reach.among(person, entity, [row.record_id for row in rows]) if entity is not None else ()
    return [_recipient(row, entity if row.record_id in known else None, person) for row in rows]


def _recipient(row: Delivery, entity: Entity | None, person: Actor) -> Recipient:
    try:
        address = audience.shown_address(entity, row.address, row.record_id, person) if entity is not None else ""
    except Invalid:  # no field of the entity is for mail any more
        address = ""
    hidden = re.compile(re.escape(row.address), re.IGNORECASE) if row.address and address != row.address else None
    return Recipient(row, address, hidden.sub(lambda _: address or "…", row.reason) if hidden else row.reason)


def clicks_by_link(campaign: Campaign) -> list[tuple[str, int, int]]:
    """Each tracked link with its clicks and the people behind them, machines left out."""
    rows = db.session.execute(
        sa.select(Touch.link, sa.func.count(), sa.func.count(Touch.delivery_id.distinct()))
        .join(Delivery, Delivery.id == Touch.delivery_id)
        .where(Delivery.campaign_id == campaign.id, Touch.kind == "click", Touch.is_bot.is_(False))
        .group_by(Touch.link)
    ).all()
    counted = {link: (clicks, people) for link, clicks, people in rows}
    return [(link, *counted.get(number, (0, 0))) for number, link in enumerate(campaign.links)]


def machine_touches(campaign_id: int) -> int:
    """Opens and clicks by mail scanners and previews, which the other figures leave out."""
    return int(
        db.session.execute(
            sa.select(sa.func.count())
            .select_from(Touch)
            .join(Delivery, Delivery.id == Touch.delivery_id)
            .where(Delivery.campaign_id == campaign_id, Touch.is_bot.is_(True))
        ).scalar_one()
    )
