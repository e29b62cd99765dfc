"""Coupons that brought customers back: some redeemed with an order, some still out, some run out."""

import random
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from portal import clock, coupons, records
from portal.cli.demo.world import Customer, World
from portal.coupons import codes
from portal.extensions import db
from portal.schema import current

DOCUMENT = "win_back"
BACK, ASLEEP = 14, 34
RECENT = timedelta(days=80)


def make(world: World) -> None:
    """Store coupons, by a chance of their own: those redeemed with a recent order, and those of sleeping customers."""
    noun = current().coupons.get(DOCUMENT)
    if noun is None:
        return
    own = World(random.Random("coupons"), world.staff, world.namer, world.today)
    orders = _orders(world.today - RECENT)
    back = [one for one in world.customers if one.id in orders]
    asleep = [one for one in world.customers if one.id not in orders and one.row.get("email")]
    found: list[coupons.Coupon] = []
    for one in own.rng.sample(back, min(BACK, len(back))):
        day, number = orders[one.id]
        made = _coupon(own, one, day - timedelta(days=own.rng.randint(4, 40)), noun)
        made.state, made.note, made.ended_by_id = "redeemed", number, one.owner.id
        made.ended_at = max(own.at(day), made.issued_at)
        found.append(made)
    for at, one in enumerate(own.rng.sample(asleep, min(ASLEEP, len(asleep)))):
        made = _coupon(own, one, world.today - timedelta(days=own.rng.randint(3, 150)), noun)
        if at == 0:
            made.state, made.ended_by_id, made.ended_at = "withdrawn", one.owner.id, clock.now()
        found.append(made)
    found.sort(key=lambda one: one.issued_at)
    db.session.add_all(found)
    db.session.flush()


def _orders(since: date) -> dict[int, tuple[date, str]]:
    """The newest order of each customer who ordered since a day."""
    entity = current().entities["order"]
    table = records.tables.table_of("order")
    customer, day, number = (table.c[entity.fields[key].column] for key in ("customer", "ordered_on", "number"))
    rows = db.session.execute(sa.select(customer, day, number).where(day >= since).order_by(day, table.c.id))
    return {row[0]: (row[1], row[2]) for row in rows}


def _coupon(own: World, customer: Customer, day: date, noun: Any) -> coupons.Coupon:
    issued = own.at(day)
    ends = coupons.issuing.end_of(clock.to_zone(issued).date(), noun.valid)
    return coupons.Coupon(
        code=codes.new(own.rng.choice),
        prefix=noun.prefix or "",
        document=noun.key,
        entity="customer",
        record_id=customer.id,
        worth=noun.worth.model_dump(),
        by_id=customer.owner.id,
        issued_at=issued,
        mailed_at=issued + timedelta(minutes=1) if customer.row.get("email") else None,
        ends_at=ends,
    )
