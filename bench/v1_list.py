"""V1: the list page of customers, filtered by a field the admin made, sorted, as a seller who sees one team."""

import contextvars
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from flask.testing import FlaskClient

from bench import floor
from bench.frame import Pair, measure
from bench.world import World
from portal.extensions import db

SEEN = "archived_at IS NULL AND (owner_id = :me OR team_id = :team) AND {wish} = 'high'"
SHOWN = "id, {name}, {status}, {industry}, {city}, {phone}, {wish}, {score}, owner_id, updated_at"


@measure("V1", "list page", most=3.0, growth=1.5)
def list_page(world: World) -> Iterator[Pair]:
    """Usual order, by a number and by name; page of 50, first and deep."""
    seller = world.seller
    client, me = world.client(seller), {"me": seller.id, "team": seller.team_id}
    names = {key: world.column(key) for key in ("name", "status", "industry", "city", "phone", "wish", "score")}
    seen, shown = SEEN.format(**names), SHOWN.format(**names)
    count = f"SELECT count(*) FROM (SELECT 1 FROM record_customer WHERE {seen} LIMIT 1001) AS few"
    filled = f"{names['score']} IS NOT NULL"
    orders = {
        "usual order": ("-updated_at", "updated_at DESC, id DESC", "true"),
        "by a number": ("-score", f"{names['score']} DESC, id DESC", filled),
        "by name": ("name", f"{names['name']}, id", "true"),
    }
    for name, (sort, order, where) in orders.items():
        statement = f"SELECT {shown} FROM record_customer WHERE {seen} AND {where} ORDER BY {order} LIMIT 51"
        address = f"/customers?f.wish={quote('in:high')}&sort={sort}"
        yield Pair(name, visit(client, address), floor.page(db.engine, statement, me, count))


def visit(client: FlaskClient, address: str, headers: Mapping[str, str] | None = None) -> Callable[[], int]:
    """A run that asks the portal for a page, outside of the bench's own context; returns the size in bytes."""

    def run() -> int:
        answer = contextvars.Context().run(client.get, address, headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status}")
        return len(answer.data)

    return run
