"""Demo data: a trading company with four branches, eighteen months of it, the same on every machine but for today."""

import random

import sqlalchemy as sa

from portal import clock, records
from portal.cli.demo import (
    care,
    coupons,
    customers,
    doubles,
    mailings,
    opinions,
    past_quality,
    register,
    tickets,
    trade,
    trades,
)
from portal.cli.demo.staff import LOGINS, Namer, hire
from portal.cli.demo.world import World
from portal.events import Event
from portal.extensions import db, transaction
from portal.schema import current
from portal.security import people

MAKERS = (
    trade.make_products,
    customers.make,
    trade.make,
    care.make,
    tickets.make,
    mailings.make,
    trades.make,
    doubles.make,
    past_quality.make,
    opinions.make,
    register.make,
    coupons.make,
)
SEED = 20_240_301

Logins = list[dict[str, str]]


def load(password: str) -> Logins:
    """Load everything in one transaction and return who can log in; a second call loads nothing."""
    with transaction():
        if people.find("admin") is not None:
            return _present()
        rng = random.Random(SEED)
        staff = hire(password, rng)
        world = World(rng, staff, Namer(rng), clock.today())
        for make in MAKERS:
            make(world)
        _age()
        _settle()
    return staff.logins


def _present() -> Logins:
    found = [person for username in LOGINS if (person := people.find(username)) is not None]
    return [{"username": one.username, "name": one.name, "role": ", ".join(one.role_keys)} for one in found]


def _age() -> None:
    """Let the records have been changed when they were made, not all just now."""
    for key in current().entities:
        table = records.tables.table_of(key)
        db.session.execute(sa.update(table).values(updated_at=table.c.created_at))


def _settle() -> None:
    """Mark what was told as heard: demo records are no news to workflows."""
    db.session.execute(sa.update(Event).where(Event.delivered_at.is_(None)).values(delivered_at=clock.now()))
