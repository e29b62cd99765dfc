"""V7: a segment of five conditions: counted as the builder does, and frozen into the recipients of a campaign."""

import time
from collections.abc import Iterator

import sqlalchemy as sa

from bench.frame import Pair, measure
from bench.world import World
from portal import schema
from portal.campaigns import audience
from portal.campaigns.models import Campaign, Delivery
from portal.extensions import db, transaction
from portal.schema import conditions, releases, source
from portal.security import SYSTEM

WHEN = [
    {"industry": {"in": ["manufacturing", "retail"]}},
    {"status": {"in": ["prospect", "active"]}},
    {"employees": {"gte": 100}},
    {"wish": {"in": ["medium", "high"]}},
    {"email": {"filled": True}},
]
BY_HAND = (
    "archived_at IS NULL AND {industry} IN ('manufacturing', 'retail') AND {status} IN ('prospect', 'active')"
    " AND {employees} >= 100 AND {wish} IN ('medium', 'high') AND {email} IS NOT NULL AND {email} <> ''"
)
FREEZE = """
INSERT INTO delivery
  (campaign_id, record_id, address, state, reason, holder, attempts, opens, clicks)
SELECT :campaign, id, {email}, 'pending', '', '', 0, 0, 0 FROM record_customer WHERE {where}"""


@measure("V7", "segment of five conditions", most=1.5)
def segment(world: World) -> Iterator[Pair]:
    """As an admin, who sees all; the floor does the same by one statement."""
    where = BY_HAND.format(**{key: world.column(key) for key in ("industry", "status", "employees", "wish", "email")})
    entity = schema.current().entities["customer"]
    when = conditions.parse(WHEN, entity)
    counting = sa.text(f"SELECT count(*) FROM record_customer WHERE {where}")
    wanted = db.session.execute(counting).scalar_one()
    if audience.count(entity, when, world.admin) != wanted or not wanted:
        raise RuntimeError(f"the segment holds other than {wanted} customers")
    yield Pair("count", lambda: audience.count(entity, when, world.admin), lambda: _count(counting))
    _publish()
    campaign = _campaign(world)
    statement = sa.text(FREEZE.format(email=world.column("email"), where=where))
    yield Pair("freeze", lambda: _freeze(world, campaign), lambda: _freeze_by_hand(statement, campaign))


def _count(statement: sa.TextClause) -> None:
    db.session.execute(statement).scalar_one()


def _publish() -> None:
    if "five" not in schema.current().segments:
        document = {"segment": "five", "label": "五个条件", "on": "customer", "when": {"all": WHEN}}
        with transaction():
            releases.publish_document("segments/five.yml", source.write(document), by=SYSTEM, note="V7")


def _campaign(world: World) -> int:
    with transaction():
        campaign = Campaign(
            name="V7", segment="five", subject="V7", body="V7", sender_name="V7", owner_id=world.admin.id
        )
        db.session.add(campaign)
        db.session.flush()
        return campaign.id


def _clear(campaign_id: int) -> None:
    with transaction():
        db.session.execute(sa.delete(Delivery).where(Delivery.campaign_id == campaign_id))


def _freeze(world: World, campaign_id: int) -> float:
    _clear(campaign_id)
    start = time.perf_counter()
    with transaction():
        audience.freeze(db.session.get_one(Campaign, campaign_id), world.admin)
    return time.perf_counter() - start


def _freeze_by_hand(statement: sa.TextClause, campaign_id: int) -> float:
    _clear(campaign_id)
    start = time.perf_counter()
    with transaction():
        db.session.execute(statement, {"campaign": campaign_id})
    return time.perf_counter() - start
