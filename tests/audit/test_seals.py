"""Seals of the audit log: what is changed, taken away or slipped in past the portal is found."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import audit, jobs
from portal.audit import AuditLine, seals
from portal.audit.guard import SQLITE
from portal.audit.verification import Fault
from portal.extensions import db
from portal.jobs import Job
from portal.security import SYSTEM
from tests.faults.figures import FULL, figures

HARMS = 1000 if FULL else 60
LINES = 240
NOW = timedelta()
line, mark = AuditLine.__table__, seals.AuditSeal.__table__


@pytest.fixture
def log(app: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A log of sealed lines, thirty to a seal; their ids."""
    monkeypatch.setattr(seals, "LINES", 30)
    audit.record_many(
        "record.changed", by=SYSTEM, entity="customer", lines=[(n, {"名称": ["旧", n / 7]}) for n in range(LINES)]
    )
    db.session.commit()
    while seals.seal(rest=NOW):
        pass
    assert audit.verify().faults == []
    return list(db.session.scalars(sa.select(line.c.id).order_by(line.c.id)))


@contextmanager
def past_the_guard() -> Iterator[None]:
    """What somebody with the database's own password can do; all of it is taken back."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    else:
        for statement in SQLITE:
            db.session.execute(sa.text(f"DROP TRIGGER {statement.split()[5]}"))
    try:
        yield
    finally:
        db.session.rollback()


def harms(ids: list[int], dice: random.Random) -> dict[str, Callable[[], Any]]:
    """Ways to do it to something drawn by lot."""
    one, other = dice.sample(ids, 2)
    numbers = list(db.session.scalars(sa.select(mark.c.number)))
    seal = dice.choice(numbers)
    edits: dict[str, Any] = {
        "action": "x", "by_name": "Mallory", "by_id": 99, "record_id": 7777, "entity": "x", "reason": "x",
        "data": {"名称": ["旧", 0.5]}, "at": _moment(),
    }  # fmt: skip
    column = dice.choice(sorted(edits))
    row = dict(db.session.execute(sa.select(line).where(line.c.id == other)).one()._mapping)
    return {
        "edit": lambda: sa.update(line).where(line.c.id == one).values({column: edits[column]}),
        "delete": lambda: sa.delete(line).where(line.c.id == one),
        "renumber": lambda: sa.update(line).where(line.c.id == one).values(id=max(ids) + 5000),
        "replace": lambda: sa.update(line).where(line.c.id == one).values(row | {"id": one, "reason": "y"}),
        "truncate": lambda: sa.delete(line).where(line.c.id >= one),
        "behead": lambda: sa.delete(line).where(line.c.id < max(one, ids[1])),
        "unseal": lambda: sa.delete(mark).where(mark.c.number == seal),
        "cut seals": lambda: sa.delete(mark).where(mark.c.number >= seal),
        "reseal": lambda: sa.update(mark).where(mark.c.number == seal).values(count=mark.c.count + 1),
        "move": lambda: sa.update(mark).where(mark.c.number == seal).values(through_id=mark.c.through_id + 1),
        "forge": lambda: sa.update(mark).where(mark.c.number == seal).values(mark="0" * 64),
    }  # fmt: skip


def _moment() -> Any:
    return db.session.scalar(sa.select(sa.func.min(AuditLine.at))) - timedelta(days=400)


@pytest.mark.fault
def test_every_harm_is_found(log: list[int], dice: random.Random) -> None:
    missed = []
    for _ in range(HARMS):
        with past_the_guard():
            name, harm = dice.choice(sorted(harms(log, dice).items()))
            db.session.execute(harm())
            if not audit.verify().faults:
                missed.append(name)
    assert missed == []
    figures(f"S18 {db.engine.dialect.name}: {HARMS} edits, deletions and truncations of the audit log: all found")
    assert audit.verify().faults == []


def test_a_fault_says_where(log: list[int]) -> None:
    with past_the_guard():
        db.session.execute(sa.delete(line).where(line.c.id.in_(log[40:43])))
        assert audit.verify().faults == [Fault("lines_missing", log[30], log[59], 3)]
    with past_the_guard():
        db.session.execute(sa.update(line).where(line.c.id == log[100]).values(by_name="Mallory"))
        assert audit.verify().faults == [Fault("lines_changed", log[90], log[119], 1)]


def test_what_was_cut_off_stays_told(log: list[int]) -> None:
    made = seals.last_seal().number
    with past_the_guard():
        db.session.execute(sa.delete(mark).where(mark.c.number > 3))
        db.session.execute(sa.delete(line).where(line.c.id > log[89]))
        db.session.commit()
    assert audit.verify().faults == [Fault("seals_cut", 3, made)]
    audit.record("person.changed", by=SYSTEM)
    db.session.commit()
    assert seals.seal(rest=NOW) == 1  # the portal goes on, and does not cover it
    assert audit.verify().faults == [Fault("seals_cut", 4, made)]
    seals.forget()
    assert audit.verify().faults == []


def test_the_newest_minute_waits(log: list[int]) -> None:
    audit.record("person.changed", by=SYSTEM)
    db.session.commit()
    assert seals.seal() == 0
    assert audit.verify().unsealed == 1
    assert seals.seal(rest=NOW) == 1
    assert audit.verify().unsealed == 0


@pytest.mark.parametrize("table", ["audit_line", "audit_seal"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET {} = 0", "DELETE FROM {}"])
def test_the_database_refuses(log: list[int], table: str, deed: str) -> None:
    column = {"audit_line": "record_id", "audit_seal": "count"}[table]
    with pytest.raises(sa.exc.DBAPIError, match="only ever added"):
        db.session.execute(sa.text(deed.format(table, column)))
    db.session.rollback()


def test_whoever_writes_a_line_keeps_the_seal_waiting(log: list[int]) -> None:
    """On PostgreSQL an id may be taken long before its line is seen; sealing past it would make it an intruder."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with db.engine.connect() as slow:
        slow.execute(sa.insert(line).values(action="late", by_name="slow", at=_moment()))
        audit.record("person.changed", by=SYSTEM)
        db.session.commit()
        assert seals.seal(rest=NOW) == 0
        slow.commit()
    assert seals.seal(rest=NOW) == 1
    assert audit.verify().faults == []


def run_waiting() -> None:
    """Do the checks that were asked for."""
    for job_id in list(db.session.scalars(sa.select(Job.id).where(Job.kind == "audit.verify", Job.state == "queued"))):
        assert jobs.run_now(job_id).state == "done"


def test_the_page_says_what_is_wrong(log: list[int], people: Any, as_: Any) -> None:
    client = as_(people.admin)
    page = client.get("/audit").text
    assert "Not checked yet" in page
    token = {"csrf_token": page.split('name="csrf-token" content="')[1].split('"')[0]}
    assert client.post("/audit/verification", data=token).status_code == 303
    assert "Being checked" in client.get("/audit/verification", headers={"HX-Request": "true"}).text
    assert client.get("/audit/verification").location == "/audit", "it is no page of its own"
    run_waiting()
    assert "As it was sealed" in client.get("/audit").text
    with past_the_guard():
        db.session.execute(sa.delete(line).where(line.c.id == log[40]))
        db.session.commit()
    client.post("/audit/verification", data=token)
    run_waiting()
    assert f"Of the lines {log[30]} to {log[59]}, 1 are gone." in client.get("/audit").text
