"""Pages of long lists on SQLite: what is found among the rows that come next is what the whole table tells."""

import pytest
import sqlalchemy as sa

from portal import records, schema, sqlite
from portal.extensions import db
from portal.records import nearby
from portal.schema import conditions
from portal.security import SYSTEM
from tests.records.test_search import populate

SORTS = ("-updated_at", "name", "-last_contact_on", "last_contact_on")


def pages(sort: str, limit: int = 4) -> list[list[int]]:
    """All pages of a filtered list, forwards and then backwards."""
    active = conditions.parse({"status": "active"}, schema.current().entities["customer"])
    found, after, before = [], None, None
    while not found or after or before:
        given = {"condition": active, "sort": [sort], "after": after, "before": before, "limit": limit}
        page = records.search("customer", SYSTEM, **given)
        found.append([record.id for record in page])
        is_back = before is not None or page.next is None
        after, before = (None, page.previous) if is_back else (page.next, None)
    return found


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sort", SORTS)
def test_nearby_pages_are_those_of_the_whole_table(app, engine_name, monkeypatch, sort):
    populate(120)
    whole, told = pages(sort), []
    db.session.rollback()
    sqlite.analyze(db.engine)
    monkeypatch.setattr(nearby, "LOOK", 20)
    monkeypatch.setattr(nearby, "LARGE", 0)
    monkeypatch.setitem(app.extensions, "spread", None)

    def hear(connection, cursor, statement, parameters, context, many):
        told.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    try:
        assert pages(sort) == whole
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", hear)
    assert any("INDEXED BY" in statement and "OFFSET" in statement for statement in told)
    assert len(whole) > 10


def test_values_that_few_share_are_left_to_their_index(app, engine_name, monkeypatch):
    populate(120)
    sqlite.analyze(db.engine)
    entity, table = schema.current().entities["customer"], records.tables.table_of("customer")
    monkeypatch.setitem(app.extensions, "spread", None)
    assert nearby.of(entity, table, {"status"}) is None  # a short list is read at once
    monkeypatch.setattr(nearby, "LARGE", 0)
    monkeypatch.setattr(nearby, "RARE", 4)
    assert (nearby.of(entity, table, {"status"}) is not None) == (engine_name == "sqlite")
    assert nearby.of(entity, table, {"name"}) is None
