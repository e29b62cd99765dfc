"""Two finished campaigns with their deliveries, opens and clicks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from portal.campaigns.models import Campaign, CampaignState, Delivery, DeliveryState, Touch
from portal.cli.demo.world import Customer, World
from portal.extensions import db

LINK = "https://www.kehu.example.com/"


@dataclass(frozen=True)
class Plan:
    """What a campaign was, and how it went."""

    name: str
    goal: str
    segment: str
    subject: str
    body: str
    cost: int
    days_ago: int
    audience: int
    opened: float
    clicked: float


PLANS = (
    Plan(
        "新品推广会",
        "邀请华东制造业客户参加新品推广会，目标 60 家报名",
        "east_manufacturers",
        "诚邀 {{ name }} 参加秋季新品推广会",
        "尊敬的 {{ name }}：\n\n新款电动升降桌与 4K 会议一体机即将发布，诚邀贵司莅临体验。\n\n"
        f"[立即报名]({LINK}spring)  [查看新品]({LINK}new)",
        5000,
        96,
        600,
        0.35,
        0.18,
    ),
    Plan(
        "老客户回馈",
        "唤回半年未下单的老客户，目标转化 30 家",
        "sleeping_customers",
        "{{ name }}，好久不见，为您准备了专属优惠",
        "尊敬的 {{ name }}：\n\n感谢一路相伴。即日起办公耗材与家具全线 9 折，维保续费再减 10%。\n\n"
        f"[领取优惠]({LINK}back)",
        3000,
        41,
        420,
        0.46,
        0.21,
    ),
)


def make(world: World) -> None:
    """Store the campaigns with everything that came of them."""
    for plan in PLANS:
        _run(world, plan)


def _run(world: World, plan: Plan) -> None:
    marketer = world.staff.marketer
    begun = world.at(world.today - timedelta(days=plan.days_ago), 10, 11)
    chosen = _audience(world, plan, begun)
    campaign = Campaign(
        name=plan.name,
        goal=plan.goal,
        cost=Decimal(plan.cost),
        segment=plan.segment,
        subject=plan.subject,
        body=plan.body,
        sender_name=marketer.name,
        reply_to=marketer.email or "",
        state=CampaignState.FINISHED,
        links=[f"{LINK}spring", f"{LINK}new"] if "spring" in plan.body else [f"{LINK}back"],
        audience_size=len(chosen),
        scheduled_at=begun,
        started_at=begun,
        finished_at=begun + timedelta(minutes=len(chosen) // 60 + 2),
        owner_id=marketer.id,
        office_id=marketer.office_id,
        created_at=begun - timedelta(days=6),
        updated_at=begun,
    )
    db.session.add(campaign)
    db.session.flush()
    deliveries = [_delivery(world, plan, campaign.id, customer, begun, place) for place, customer in enumerate(chosen)]
    db.session.add_all(deliveries)
    db.session.flush()
    db.session.add_all([touch for delivery in deliveries for touch in _touches(world, campaign, delivery)])


def _audience(world: World, plan: Plan, begun: datetime) -> list[Customer]:
    """Customers of the marketer's office who were there, each address once."""
    office = world.staff.marketer.office_id
    is_sleeping = plan.segment == "sleeping_customers"
    found: dict[str, Customer] = {}
    for customer in world.customers:
        before = [day for day, _, _ in customer.purchases if day < begun.date()]
        fits = not is_sleeping or (bool(before) and (begun.date() - before[-1]).days > 180)
        if customer.owner.office_id == office and customer.row["email"] and customer.since < begun.date() and fits:
            found.setdefault(customer.row["email"], customer)
    return list(found.values())[: plan.audience]


def _delivery(world: World, plan: Plan, campaign: int, customer: Customer, begun: datetime, place: int) -> Delivery:
    delivery = Delivery(campaign_id=campaign, record_id=customer.id, address=customer.row["email"], attempts=1)
    sent = begun + timedelta(seconds=place)
    if world.rng.random() < 0.02:
        delivery.state, delivery.reason = DeliveryState.BOUNCED, "550 5.1.1 no such user"
        return delivery
    delivery.state, delivery.sent_at, delivery.opens, delivery.clicks = DeliveryState.SENT, sent, 0, 0
    chance = world.rng.random()
    if chance < plan.opened:
        delivery.opens = world.rng.choice((1, 1, 1, 2, 3))
        delivery.opened_at = sent + timedelta(minutes=int(world.rng.expovariate(1 / 340)) + 2)
    if chance < plan.clicked and delivery.opened_at is not None:
        delivery.clicks = world.rng.choice((1, 1, 2))
        delivery.clicked_at = delivery.opened_at + timedelta(seconds=world.rng.randint(8, 240))
    return delivery


def _touches(world: World, campaign: Campaign, delivery: Delivery) -> list[Touch]:
    opened, clicked = delivery.opened_at, delivery.clicked_at
    found = [
        Touch(delivery_id=delivery.id, kind="open", link=None, is_bot=False, at=opened + timedelta(hours=number * 5))
        for number in range(delivery.opens or 0)
        if opened is not None
    ]
    for number in range(delivery.clicks or 0):
        if clicked is not None:
            link = world.rng.randrange(len(campaign.links))
            at = clicked + timedelta(minutes=number * 3)
            found.append(Touch(delivery_id=delivery.id, kind="click", link=link, is_bot=False, at=at))
    return found
