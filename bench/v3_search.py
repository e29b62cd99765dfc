"""V3: search by two Chinese characters, by pinyin initials, by the tail of a phone number."""

from collections.abc import Iterator
from urllib.parse import quote

import sqlalchemy as sa

from bench import floor
from bench.frame import Pair, measure
from bench.v1_list import visit
from bench.world import World
from portal.extensions import db

KEYSTROKE = {"HX-Request": "true", "HX-Target": "search-hits"}
FTS = """SELECT t.id, t.{name}, t.{phone} FROM search_token f JOIN search_entry e ON e.id = f.rowid
JOIN record_customer t ON t.id = e.record_id
WHERE f.search_token MATCH :asked AND e.entity = 'customer' AND t.archived_at IS NULL
AND (t.owner_id = :me OR t.team_id = :team) ORDER BY e.id DESC LIMIT 30"""
GIN = """SELECT t.id, t.{name}, t.{phone} FROM search_entry e JOIN record_customer t ON t.id = e.record_id
WHERE e.tokens @@ CAST(:asked AS tsquery) AND e.entity = 'customer' AND t.archived_at IS NULL
AND (t.owner_id = :me OR t.team_id = :team) ORDER BY e.id DESC LIMIT 30"""


@measure("V3", "search", most=3.0, growth=2.0)
def search(world: World) -> Iterator[Pair]:
    """Rare and common characters, initials, a phone tail; what a keystroke asks for, and once the whole page."""
    seller = world.seller
    client, names = world.client(seller), {key: world.column(key) for key in ("name", "phone")}
    table, phone = (
        sa.text(f"SELECT {names['phone']} FROM record_customer WHERE team_id = :team LIMIT 1"),
        names["phone"],
    )
    tail = str(db.session.scalar(table, {"team": seller.team_id}))[-4:]
    asked = {"腾讯": "腾讯", "科技": "科技", "initials tx": "tx", "phone tail": f"{phone}!~{tail[::-1]}"}
    typed = {**asked, "initials tx": "tx", "phone tail": tail}
    is_fts = world.engine == "sqlite"
    statement = (FTS if is_fts else GIN).format(**names)
    for name, token in asked.items():
        values = {"asked": f'"{token}"' if is_fts else f"'{token}'", "me": seller.id, "team": seller.team_id}
        ours = visit(client, f"/search?q={quote(typed[name])}", KEYSTROKE)
        yield Pair(name, ours, floor.page(db.engine, statement, values))
    values = {"asked": '"腾讯"' if is_fts else "'腾讯'", "me": seller.id, "team": seller.team_id}
    page = visit(client, f"/search?q={quote('腾讯')}")
    yield Pair("腾讯, whole page", page, floor.page(db.engine, statement, values))
