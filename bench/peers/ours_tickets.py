"""Our tickets, for a peer that has tickets only."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from bench.peers.browser import Browser
from bench.peers.ours import OPENED, ROWS, create
from bench.peers.site import Deed, new_tickets, page, pages
from bench.world import World, settle
from portal import records
from portal.extensions import db
from portal.records.tables import table_of
from portal.security import SYSTEM

COLUMNS = ("subject", "description", "contact_email", "priority", "state", "queue")
PROBLEMS = ("无法开机", "发票抬头有误", "要求退货", "屏幕有划痕", "合同条款疑问", "交货延迟", "登录不了", "报价偏高")
PRIORITIES, STATES = ("low", "normal", "high", "urgent"), ("new", "open", "waiting", "solved", "closed")
QUEUES = ("general", "technical", "complaints", "returns")
BATCH = 2000


def fill(world: World, path: Path) -> list[dict[str, str]]:
    """Bring the tickets up to the world's size and write them as the peer is to have them; returns the first ones."""
    table = table_of("ticket")
    there = db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    rows = list(_tickets(world, there))
    for at in range(0, len(rows), BATCH):
        made = records.bulk.save_many("ticket", rows[at : at + BATCH], by=SYSTEM)
        if made.problems:
            raise RuntimeError(str(made.problems))
    settle()
    columns = [table.c[world.column(key, "ticket")].label(key) for key in COLUMNS]
    found = db.session.execute(sa.select(*columns).order_by(table.c.id).limit(world.size)).mappings().all()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(found)
    return [dict(row) for row in found[:1000]]


def _tickets(world: World, there: int) -> Iterator[dict[str, object]]:
    table, rng = table_of("customer"), random.Random(there)
    query = sa.select(table.c.id, table.c[world.column("name")]).order_by(table.c.id).limit(world.size).offset(there)
    for id_, name in db.session.execute(query).all():
        problem = rng.choice(PROBLEMS)
        told = {"subject": f"{name}：{problem}", "description": f"{name}来电：{problem}，请尽快处理。", "customer": id_}
        chosen = {"priority": rng.choice(PRIORITIES), "state": rng.choice(STATES), "queue": rng.choice(QUEUES)}
        yield {**told, **chosen, "contact_email": f"t{id_}@example.com"}


def ticket_deeds(browser: Browser, word: str, first: int) -> dict[str, Deed]:
    """What is done with tickets; `word` is in a subject, `first` the number of the first."""
    row = 'href="/tickets/'
    return {
        "list": page(browser.get, "/tickets", row, ROWS),
        "sorted": page(browser.get, "/tickets?sort=-number", row, ROWS),
        "filter": page(browser.get, f"/tickets?f.priority={quote('in:high')}", row, ROWS),
        "search": page(browser.get, f"/search?q={quote(word)}", row),
        "record": pages(browser.get, [f"/tickets/{first + number}" for number in range(OPENED)]),
        "create": create(browser, "/tickets/new", new_tickets()),
    }


def first_id() -> int:
    """The number of the first ticket."""
    return int(db.session.scalar(sa.select(sa.func.min(table_of("ticket").c.id))) or 0)
