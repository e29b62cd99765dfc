"""V2: the page of a record with 200 entries in its timeline, 50 orders and 10 tickets: first screens, statements."""

import contextvars
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, render_template_string

from bench.floor import PAGE
from bench.frame import Pair, measure
from bench.v1_list import visit
from bench.world import World, settle
from portal import clock, records, schema
from portal.extensions import db
from portal.security import SYSTEM

STATEMENTS = 12
FOLLOW_UPS, ORDERS, TICKETS = 140, 50, 10  # these 200 make the timeline
SHOWN = {"follow_up": 30, "order": 20, "ticket": 10}  # rows of each on its first screen


@measure("V2", "record page", most=3.0, largest=100_000)
def record_page(world: World) -> Iterator[Pair]:
    """As its seller; the floor reads the row and the newest of what refers to it, a statement each."""
    seller = world.seller
    id_ = _customer(world)
    client, me = world.client(seller), {"id": id_, "me": seller.id, "team": seller.team_id}
    addresses = {"with timeline": (f"/customers/{id_}", tuple(SHOWN))}
    sides = {side.child.key: side.key for side in schema.current().entities["customer"].sides()}
    addresses |= {f"with {key}s": (f"/customers/{id_}?tab={sides[key]}", (key,)) for key in ("order", "ticket")}
    for name, (address, keys) in addresses.items():
        yield Pair(name, visit(client, address), _bare(me, keys))
    counted = visit(client, addresses["with timeline"][0])
    yield Pair("statements", lambda: _statements(counted), lambda: float(STATEMENTS), most=1.0, rounds=1, unit="SQL")


def _customer(world: World) -> int:
    """A customer of the seller that much has happened to."""
    seller = world.seller
    saved = records.save(records.new("customer", seller), {"name": "苏州丰利科技有限公司"}, by=seller)
    customer, now = {"customer": saved.id}, clock.now()
    said = [{"at": now - timedelta(hours=n), "way": "phone", "summary": f"沟通 {n}"} for n in range(FOLLOW_UPS)]
    bought = [
        {"number": f"V2-{n}", "ordered_on": clock.today() - timedelta(days=n), "amount": 100} for n in range(ORDERS)
    ]
    asked = [{"subject": f"问题 {n}", "priority": "normal"} for n in range(TICKETS)]
    for key, rows in (("follow_up", said), ("order", bought), ("ticket", asked)):
        made = records.bulk.save_many(key, [{**row, **customer, "owner": seller.id} for row in rows], by=SYSTEM)
        if made.problems:
            raise RuntimeError(str(made.problems))
    settle()
    return int(saved.id or 0)


def _bare(me: dict[str, Any], keys: tuple[str, ...]) -> Callable[[], int]:
    """The smallest app that shows the row and the first screens of what refers to it."""
    app, engine = Flask(__name__), db.engine
    own = sa.text("SELECT * FROM record_customer WHERE id = :id AND (owner_id = :me OR team_id = :team)")
    others = [_newest(key) for key in keys]

    @app.get("/")
    def index() -> str:
        with engine.connect() as connection:
            rows = [tuple(row) for statement in (own, *others) for row in connection.execute(statement, me)]
        return render_template_string(PAGE, title="Customer", rows=rows, count=len(rows))

    client = app.test_client()
    return lambda: len(client.get("/").data)


def _newest(key: str) -> sa.TextClause:
    entity = schema.current().entities[key]
    table, link = entity.table_name, entity.fields["customer"].column
    mine = f"{link} = :id AND archived_at IS NULL AND (owner_id = :me OR team_id = :team)"
    return sa.text(f"SELECT * FROM {table} WHERE {mine} ORDER BY id DESC LIMIT {SHOWN[key]}")


def _statements(run: Callable[[], int]) -> float:
    """How many statements the page asks."""
    told: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement not in ("BEGIN", "COMMIT"):
            told.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    try:
        contextvars.Context().run(run)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", hear)
    return float(len(told))
