"""Many rows at once: the same rows on both engines, whatever stands in them."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.audit import AuditLine
from portal.extensions import db, transaction
from portal.jobs import Job
from portal.records.token_index import SearchEntry
from portal.writing import FEW, insert_many

HARD = (
    "",
    "tab\there",
    "line\nand\rreturn",
    "back\\slash \\N \\.",
    "quote \" and '",
    "龘靐㛃",
    "\u2028",
    "{a,b}",
    "NULL",
)
AT = datetime(2026, 3, 1, 4, 5, 6, 789, tzinfo=UTC)


def line(number: int) -> dict:
    word = HARD[number % len(HARD)]
    data = None if number % 3 == 0 else {"word": word, "nested": [number, None, {"深": True}]}
    own = {"at": AT + timedelta(seconds=number), "action": "test.many", "by_id": number or None, "by_name": word}
    return own | {"entity": None, "record_id": number, "data": data}


@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1, 500])
def test_what_is_written_is_read(app, count):
    rows = [line(number) for number in range(count)]
    with transaction():
        insert_many(AuditLine.__table__, rows)
    found = db.session.scalars(sa.select(AuditLine).where(AuditLine.action == "test.many").order_by(AuditLine.at)).all()
    assert [{key: getattr(one, key) for key in row} for one, row in zip(found, rows, strict=True)] == rows
    assert len({one.id for one in found}) == count


def test_it_belongs_to_the_transaction(app):
    with pytest.raises(RuntimeError), transaction():
        insert_many(AuditLine.__table__, [line(number) for number in range(100)])
        raise RuntimeError
    assert db.session.scalar(sa.select(sa.func.count()).where(AuditLine.action == "test.many")) == 0


def test_a_refused_row_is_told_as_ever(app):
    rows = [{"entity": "customer", "record_id": number % 90, "tokens": "a b"} for number in range(100)]
    with pytest.raises(sa.exc.IntegrityError), transaction():
        insert_many(SearchEntry.__table__, rows)
    assert db.session.scalar(sa.select(sa.func.count(SearchEntry.id))) == 0


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_value_that_python_gives_is_asked_for(app, engine_name):
    with pytest.raises(ValueError, match="give these columns a value"):
        insert_many(Job.__table__, [{"kind": "x"}] * 100)
