"""Headers, error pages, health, and the one place that commits."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Response
from flask.testing import FlaskClient

from portal import Portal, audit
from portal.audit import AuditLine
from portal.errors import Conflict
from portal.extensions import db
from portal.security import policy
from portal.settings import Settings


@pytest.fixture
def routes(app: Portal) -> Portal:
    """Views that write and then end in one way or another."""
    app.config["WTF_CSRF_ENABLED"] = False

    def write(ending: str) -> str | tuple[str, int]:
        audit.record("test.wrote", by=None)
        if ending == "broken":
            raise ZeroDivisionError
        if ending == "conflict":
            raise Conflict
        return ("refused", 422) if ending == "refused" else "ok"

    app.add_url_rule("/test/<ending>", "test_write", policy.public(write), methods=["POST", "GET"])
    return app


@pytest.mark.parametrize(
    ("ending", "status", "lines"), [("ok", 200, 1), ("refused", 422, 1), ("broken", 500, 0), ("conflict", 409, 0)]
)
def test_returning_commits_and_raising_rolls_back(routes: Portal, ending: str, status: int, lines: int) -> None:
    assert routes.test_client().post(f"/test/{ending}").status_code == status
    assert db.session.query(AuditLine).filter_by(action="test.wrote").count() == lines


def test_reading_commits_nothing(routes: Portal) -> None:
    assert routes.test_client().get("/test/ok").status_code == 200
    assert db.session.query(AuditLine).filter_by(action="test.wrote").count() == 0


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/health"])
def test_every_response_has_the_headers(app: Portal, path: str) -> None:
    first, second = app.test_client().get(path), app.test_client().get(path)
    policy_now = first.headers["Content-Security-Policy"]
    assert "'unsafe" not in policy_now and "default-src 'self'" in policy_now
    assert policy_now != second.headers["Content-Security-Policy"]
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert first.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert first.headers["Cache-Control"] == "no-store"
    assert {"HX-Request", "Cookie"} <= set(first.vary)


def test_error_pages_speak_and_say_nothing_of_the_inside(routes: Portal) -> None:
    client = routes.test_client()
    assert "Nothing" not in client.post("/test/broken").text
    for answer in (client.post("/test/broken"), client.get("/nowhere"), client.post("/test/conflict")):
        assert "<h1" in answer.text or "empty" in answer.text
        assert "Traceback" not in answer.text and "ZeroDivision" not in answer.text
    assert client.delete("/health").status_code == 405


def test_a_too_large_body_is_refused(app: Portal) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = app.test_client().post("/sign-in", data={"username": "x" * 2000})
    assert answer.status_code == 413


def test_an_htmx_request_gets_a_piece(app: Portal) -> None:
    piece: Response = app.test_client().get("/nowhere", headers={"HX-Request": "true"})
    assert piece.status_code == 404 and "<html" not in piece.text


def test_error_pages_for_people(as_: Callable[[Any], FlaskClient], people: SimpleNamespace) -> None:
    answer = as_(people.alice).get("/nowhere")
    assert answer.status_code == 404 and "Go to the home page" in answer.text


def test_health(app: Portal, settings: Settings) -> None:
    found = app.test_client().get("/health").json
    assert found is not None
    assert (found["database"], found["redis"], found["release"]) == ("ok", "ok", 1)
    assert (found["workers"], found["scheduler"], found["status"]) == (0, 0, "degraded")
