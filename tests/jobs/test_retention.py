"""What is over is forgotten by night, in batches, after the days the operator sets; what is not over stays."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock, jobs, mail
from portal.audit import AuditLine
from portal.events import Event
from portal.extensions import db
from portal.jobs import Job, retention
from portal.rules.webhooks import WebhookCall
from portal.rules.workflows import WorkflowRun
from portal.security.sessions import SignIn


def aged(model: Any, days: int, **values: Any) -> None:
    """A row of long ago."""
    at = clock.now() - timedelta(days=days)
    db.session.add(model(**{key: at if value is OLD else value for key, value in values.items()}))


OLD = object()


def forget() -> dict[str, int]:
    db.session.commit()
    job = jobs.enqueue(retention.JOB, {})
    db.session.commit()
    ended = jobs.run_now(job.id)
    assert ended.state == "done", ended.error
    return dict(ended.result)


def count(model: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


@pytest.fixture
def old(app: Any, people: Any) -> None:
    """Rows of each kind: one long over, one recent, one that is not over however old."""
    by = people.alice.id
    for days in (2000, 1):
        aged(Job, days, kind="imports.run", state="done", asked_by=by, created_at=OLD, ended_at=OLD)
        aged(mail.Notice, days, person_id=by, text="x", at=OLD, read_at=OLD)
        aged(Event, days, kind="record.changed", data={}, at=OLD, delivered_at=OLD)
        aged(SignIn, days, person_id=by, token_hash=f"h{days}", created_at=OLD, seen_at=OLD)
    aged(Job, 2000, kind="imports.run", state="queued", asked_by=by, created_at=OLD, not_before=clock.now())
    aged(mail.Notice, 2000, person_id=by, text="unread", at=OLD)
    aged(Event, 2000, kind="record.changed", data={}, at=OLD)


def test_only_what_is_long_over_is_forgotten(old: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    lines = count(AuditLine)
    found = forget()
    assert {key: found[key] for key in ("job", "notice", "event", "sign_in")} == dict.fromkeys(
        ("job", "notice", "event", "sign_in"), 1
    )
    assert db.session.scalars(sa.select(mail.Notice.text).order_by(mail.Notice.id)).all() == ["x", "unread"]
    assert count(SignIn) == 1 and count(AuditLine) == lines
    assert db.session.scalar(sa.select(sa.func.count()).where(Event.delivered_at.is_(None))) == 1
    assert not any(forget().values())


def test_many_are_deleted_in_batches(app: Any, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    for _ in range(8):
        aged(mail.Notice, 400, person_id=people.alice.id, text="x", at=OLD, read_at=OLD)
    assert forget()["notice"] == 8 and count(mail.Notice) == 0


def test_nothing_is_forgotten_where_the_operator_keeps_it(old: None, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    never = {kept.setting: 0 for kept in retention.TABLES.values()}
    monkeypatch.setitem(app.config, "PORTAL", replace(app.config["PORTAL"], **never))
    assert not any(forget().values()) and count(mail.Notice) == 3


def test_deliveries_of_webhooks_go_but_not_those_a_run_stands_still_for(app: Any, people: Any, make: Any) -> None:
    customer = make("customer", name="一", by=people.alice)
    for state in ("done", "stuck"):
        run = WorkflowRun(
            started_at=clock.now(),
            workflow="w",
            entity="customer",
            record_id=customer.id,
            release=1,
            state=state,
            cause="",
            at="",
        )
        db.session.add(run)
        db.session.flush()
        for call in ("sent", "failed", "queued"):
            ended = OLD if call != "queued" else None
            aged(WebhookCall, 200, run_id=run.id, url="https://a.cn/", body={}, state=call, at=OLD, ended_at=ended)
    assert forget()["webhook_call"] == 2
    assert count(WebhookCall) == 4


def test_the_pages_say_how_long(as_: Any, people: Any) -> None:
    admin = as_(people.admin)
    assert "more than 90 days ago" in admin.get("/webhooks/").text
    assert "more than 30 days ago" in admin.get("/jobs/").text
    assert "more than 90 days ago" in admin.get("/notices").text
