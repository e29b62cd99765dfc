"""The pages of background work: whose they are, what moves, cancel and retry."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal import clock, jobs
from portal.errors import Forbidden
from portal.extensions import db, transaction
from portal.jobs import Job, Work, run

As = Callable[[Any], FlaskClient]


def refuse(work: Work) -> None:
    """Fail for good."""
    raise Forbidden


@pytest.fixture(autouse=True)
def kinds() -> None:
    jobs.register("test.web", lambda work: {"link": "/reports/1"}, "Weigh the files")
    jobs.register("test.refuse", refuse, "Do the forbidden")


def ask(by: Any, kind: str = "test.web") -> int:
    with transaction():
        return jobs.enqueue(kind, by=by).id


def test_everybody_sees_their_own_jobs_and_the_admin_all(people: SimpleNamespace, as_: As) -> None:
    job_id = ask(people.alice)
    assert "Weigh the files" in as_(people.alice).get("/jobs/").text
    assert "Weigh the files" in as_(people.admin).get("/jobs/").text
    assert "Weigh the files" not in as_(people.charlie).get("/jobs/").text
    for path in (f"/jobs/{job_id}", "/jobs/99999"):
        assert as_(people.charlie).get(path).status_code == 404


def test_the_moving_piece_asks_again_until_the_job_has_ended(people: SimpleNamespace, as_: As) -> None:
    job_id = ask(people.alice)
    alice = as_(people.alice)
    work = run.claim(job_id)
    assert work is not None
    work.advance(25, 50, "half of it")
    piece = alice.get(f"/jobs/{job_id}", headers={"HX-Request": "true"})
    assert "<html" not in piece.text
    assert 'hx-trigger="every 1s"' in piece.text
    assert 'value="50"' in piece.text and "half of it" in piece.text
    db.session.execute(db.update(Job).values(state="queued", lease=None))
    db.session.commit()
    assert jobs.run_now(job_id).state == "done"
    ended = alice.get(f"/jobs/{job_id}")
    assert "every 1s" not in ended.text and 'href="/reports/1"' in ended.text


def post(client: FlaskClient, path: str) -> Any:
    """Post as the page's own form would."""
    client.application.config["WTF_CSRF_ENABLED"] = False
    return client.post(path)


def test_cancel_and_retry(people: SimpleNamespace, as_: As) -> None:
    job_id = ask(people.alice)
    assert post(as_(people.charlie), f"/jobs/{job_id}/cancellation").status_code == 404
    assert post(as_(people.alice), f"/jobs/{job_id}/cancellation").status_code == 303
    assert db.session.get_one(Job, job_id).state == "cancelled"
    assert post(as_(people.alice), f"/jobs/{job_id}/retrial").status_code == 303
    assert db.session.get_one(Job, job_id).state == "queued"
    assert post(as_(people.alice), f"/jobs/{job_id}/retrial").status_code == 409


def test_without_a_token_nothing_is_posted(people: SimpleNamespace, as_: As) -> None:
    job_id = ask(people.alice)
    assert as_(people.alice).post(f"/jobs/{job_id}/cancellation").status_code == 400
    assert db.session.get_one(Job, job_id).state == "queued"


def test_what_was_held_waits_for_the_admin(people: SimpleNamespace, as_: As) -> None:
    jobs.schedules.replace("", {})  # what ships may fall due between the making of the database and now
    entry = jobs.schedules.schedule("night", "test.web", "daily 03:00")
    with transaction():
        entry.due_at = clock.now() - timedelta(hours=5)
    assert jobs.schedules.tick() == 0
    assert "Run now" in as_(people.admin).get("/jobs/").text
    assert "Run now" not in as_(people.alice).get("/jobs/").text
    assert post(as_(people.alice), "/jobs/held/night/run").status_code == 403
    assert post(as_(people.admin), "/jobs/held/night/run").status_code == 303
    assert db.session.query(Job).one().kind == "test.web"
    assert "Run now" not in as_(people.admin).get("/jobs/").text
