"""All rows of a database, as a merge and its undo must leave them."""

from typing import Any

import sqlalchemy as sa

from portal.extensions import db

# What is only ever added to, and the queue and outbox, which tell of both deeds.
TOLD = {"audit_line", "event", "event_receipt", "job", "merge", "tier_move", "stored_score", "search_token"}
MOVING = {"version", "updated_at", "updated_by_id"}


def snapshot() -> dict[str, list[Any]]:
    """Table → its rows as sorted texts, without versions and times of change."""
    db.session.commit()
    found = {}
    inspector = sa.inspect(db.engine)
    for name in inspector.get_table_names():
        if name in TOLD or name.startswith(("search_token", "sqlite_")):
            continue
        hidden = MOVING | ({"id"} if name in ("search_entry", "tag_mark") else set())
        columns = [sa.column(one["name"]) for one in inspector.get_columns(name) if one["name"] not in hidden]
        rows = sa.select(*columns).select_from(sa.table(name))
        found[name] = sorted(repr(tuple(row)) for row in db.session.execute(rows))
    db.session.rollback()
    return found


def differing(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> dict[str, Any]:
    """The rows that are not the same, by table."""
    found = {}
    for name in before.keys() | after.keys():
        one, other = set(before.get(name, ())), set(after.get(name, ()))
        if before.get(name) != after.get(name):
            found[name] = {"gone": sorted(one - other), "new": sorted(other - one)}
    return found
