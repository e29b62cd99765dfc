"""When disk or database give out: clear words, nothing half-written, what was typed is kept, and reading goes on."""

import errno
import io
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from portal import clock, records, sqlite
from portal.extensions import db
from portal.outages import Outage, outage
from portal.security.sessions import SignIn

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"])  # tests/faults does it to a PostgreSQL

PLAIN = pytest.mark.usefixtures("plain")


@pytest.fixture
def plain(app: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def busy(app: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another process writes to the SQLite file and does not end."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
    db.session.commit()
    db.engine.dispose()
    with closing(sqlite3.connect(db.engine.url.database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    db.session.rollback()
    db.engine.dispose()


def count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(records.tables.table_of("customer"))) or 0


@SQLITE
@PLAIN
def test_a_busy_database_says_so_and_keeps_what_was_typed(people, as_, request) -> None:
    client = as_(people.alice)
    request.getfixturevalue("busy")
    answer = client.post("/customers/new", data={"name": "华信<通达>", "remark": "line 1\nline 2", "_once": "k" * 20})
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    assert "The portal is busy" in answer.text and "locked" not in answer.text
    assert '<textarea name="name" hidden>\n华信&lt;通达&gt;</textarea>' in answer.text
    assert "line 1\nline 2" in answer.text and "k" * 20 in answer.text
    assert 'action="/customers/new"' in answer.text
    assert client.post("/customers/new", data={"name": "华信"}, headers={"HX-Request": "true"}).status_code == 503
    assert count() == 0


@SQLITE
@PLAIN
def test_reading_goes_on_while_others_write(people, as_, request) -> None:
    client = as_(people.alice)
    db.session.execute(sa.update(SignIn).values(seen_at=clock.now() - timedelta(minutes=5)))
    request.getfixturevalue("busy")
    assert client.get("/customers").status_code == 200


@SQLITE
@PLAIN
def test_secrets_are_not_sent_back(app, busy) -> None:
    page = app.test_client().post("/sign-in", data={"username": "alice", "password": "correct horse"})
    assert page.status_code == 503 and "correct horse" not in page.text and "您的表单没有保存" in page.text


@SQLITE
@PLAIN
def test_a_full_disk_says_so_and_heals(app, people, as_) -> None:
    client = as_(people.alice)
    form = {"name": "华信", "remark": "x" * 9_000}
    db.session.commit()
    with db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    full = [f"PRAGMA max_page_count = {pages}"]
    sa.event.listen(db.engine, "checkout", lambda driver, *_: driver.execute(full[0]))
    answer = client.post("/customers/new", data=form)
    assert answer.status_code == 507 and "no room left" in answer.text and "x" * 9_000 in answer.text
    assert client.get("/customers").status_code == 200 and count() == 0
    full[0] = f"PRAGMA max_page_count = {pages + 10_000}"
    assert client.post("/customers/new", data=form).status_code == 303
    assert db.session.execute(sa.text("PRAGMA integrity_check")).scalar() == "ok"


@SQLITE
@PLAIN
def test_a_file_without_room_leaves_nothing_and_is_asked_for_again(app, people, as_, make, monkeypatch) -> None:
    def no_room(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    customer, client = make("customer", by=people.alice, name="华信"), as_(people.alice)
    there = f"/customers/{customer.id}/follow-up"
    monkeypatch.setattr(os, "fsync", no_room)
    form = {"way": "phone", "summary": "谈了价格", "file": (io.BytesIO(b"offer"), "offer.txt")}
    answer = client.post(there, data=form, content_type="multipart/form-data")
    assert answer.status_code == 507 and "谈了价格" in answer.text
    assert re.search(r'<input class="form-control" type="file" id="file-1" name="file">', answer.text)
    begun = (path for path in app.config["PORTAL"].instance.rglob(".upload*/*") if path.is_file())
    assert list(begun) == [] and list(app.config["PORTAL"].instance.rglob(".upload-*")) == []


@SQLITE
@PLAIN
def test_a_page_that_was_read_tries_again_by_itself(app, people, as_, monkeypatch) -> None:
    client = as_(people.alice)

    def away(*_: Any, **__: Any) -> None:
        raise sa.exc.OperationalError("SELECT", {}, psycopg.errors.AdminShutdown())

    monkeypatch.setattr(records, "search", away)
    page = client.get("/customers?q=x")
    assert page.status_code == 503 and '<meta http-equiv="refresh" content="5">' in page.text
    assert 'href="/customers?q=x"' in page.text
    monkeypatch.setattr("portal.security.sessions.find_session", away)
    monkeypatch.setattr("portal.security.policy.gate.find_session", away)
    both = client.get("/customers").text
    assert "系统稍后恢复" in both and "The portal is back in a moment" in both
    client.set_cookie("language", "en")
    assert "系统稍后恢复" not in client.get("/customers").text


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (psycopg.errors.DiskFull(), Outage.FULL),
        (psycopg.errors.AdminShutdown(), Outage.AWAY),
        (psycopg.errors.CannotConnectNow(), Outage.AWAY),
        (psycopg.OperationalError("connection refused"), Outage.AWAY),
        (psycopg.errors.DeadlockDetected(), Outage.BUSY),
        (psycopg.errors.LockNotAvailable(), Outage.BUSY),
        (psycopg.errors.UniqueViolation(), None),
        (sqlite3.OperationalError("no such table: x"), None),
        (sa.exc.TimeoutError("QueuePool limit"), Outage.BUSY),
        (OSError(errno.ENOSPC, "no space"), Outage.FULL),
        (OSError(errno.ENOENT, "no file"), None),
        (ValueError("x"), None),
    ],
)
def test_what_a_failure_means(problem: Exception, kind: Outage | None) -> None:
    assert outage(problem) is kind
    wrapped = sa.exc.DBAPIError("SELECT", {}, problem)
    assert outage(wrapped) is kind
