"""One of many values: the same rows on both engines, and on PostgreSQL by one parameter."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.among import among, later
from portal.audit import AuditLine
from portal.extensions import db, transaction
from portal.writing import insert_many

AT = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)
TABLE = AuditLine.__table__.c


@pytest.fixture
def lines(app: Any) -> None:
    """Fifty lines, numbered from 0."""
    own = {"action": "test.many", "by_id": None, "entity": None, "data": None}
    rows = [
        own | {"at": AT + timedelta(days=number), "by_name": f"甲{number}", "record_id": number} for number in range(50)
    ]
    with transaction():
        insert_many(AuditLine.__table__, rows)


def found(where: sa.ColumnElement[bool], **given: Any) -> list[int]:
    """The numbers of the lines for which it holds."""
    select = sa.select(TABLE.record_id).where(TABLE.action == "test.many", where).order_by(TABLE.record_id)
    return list(db.session.scalars(select, given))


@pytest.mark.parametrize("numbers", [(), (7,), (3, 4, 900), tuple(range(10, 40))])
def test_numbers_texts_and_moments(lines: None, numbers: tuple[int, ...]) -> None:
    there = [number for number in numbers if number < 50]
    assert found(among(TABLE.record_id, set(numbers))) == there
    assert found(among(TABLE.by_name, [f"甲{number}" for number in numbers])) == there
    assert found(among(TABLE.at, [AT + timedelta(days=number) for number in numbers])) == there
    assert len(found(sa.not_(among(TABLE.record_id, numbers)))) == 50 - len(there)


def test_values_that_come_with_the_execution(lines: None) -> None:
    where = later(TABLE.record_id, "ids")
    for numbers in ((1, 2), (), (5,), tuple(range(30))):
        assert found(where, ids=numbers) == list(numbers)


def test_postgresql_is_told_the_same_text_for_any_number(lines: None) -> None:
    if db.engine.dialect.name == "postgresql":
        one, many = (str(among(TABLE.record_id, range(count)).compile(db.engine)) for count in (1, 500))
        assert one == many


def test_sqlite_finds_them_by_their_index(lines: None) -> None:
    if db.engine.dialect.name == "sqlite":
        for where in (among(TABLE.id, range(1, 300)), later(TABLE.id, "ids")):
            asked = sa.select(TABLE.action).where(where).compile(db.engine, compile_kwargs={"render_postcompile": True})
            given = [bound if isinstance(bound, int) else "[1, 2]" for bound in asked.params.values()]
            plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", tuple(given)).all()
            assert "SEARCH audit_line USING INTEGER PRIMARY KEY (rowid=?)" in [step[-1] for step in plan]
