"""No unsafe route works without the token, and no safe one writes (S6)."""

import re

import sqlalchemy as sa
import time_machine

from portal import clock
from portal.extensions import csrf, db
from tests.security.objects import SAFE, World, calls

# One-click unsubscribing comes from mail programs (RFC 8058) and is signed by its address.
EXEMPT = {"portal.blueprints.public.tracking.left"}


def test_every_unsafe_route_refuses_without_the_token(app, people, as_, make) -> None:
    world, client, open_ = World(make, people.alice), as_(people.admin), []
    for method, rule in calls(app):
        view = app.view_functions[rule.endpoint]
        if method in SAFE or f"{view.__module__}.{view.__name__}" in csrf._exempt_views:
            continue
        for address in world.addresses(rule):
            answer = client.open(address, method=method, data={"csrf_token": "forged", "name": "x"})
            if answer.status_code != 400:
                open_.append(f"{method} {address}: {answer.status_code}")
    assert not open_, "\n".join(open_)


def test_only_listed_routes_need_no_token(app) -> None:
    assert csrf._exempt_views <= EXEMPT
    assert not csrf._exempt_blueprints


def test_the_token_of_the_page_is_taken(app, people, as_) -> None:
    client = as_(people.alice)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/me").text)[1]
    form = {"name": "Alice", "email": "", "locale": "en", "theme": "auto"}
    assert client.post("/me", data=form | {"csrf_token": token}).status_code == 303
    assert client.post("/me", data=form, headers={"X-CSRFToken": token}).status_code == 303


def test_reading_writes_nothing(app, people, as_, make) -> None:
    world, client, wrote = World(make, people.alice), as_(people.alice), []
    addresses = [a for method, rule in calls(app) if method == "GET" for a in world.addresses(rule)]

    def listen(connection, cursor, statement, parameters, context, many) -> None:
        is_look = re.match(r"INSERT INTO look(_sight)? ", statement)  # that somebody saw something is all it leaves
        if not is_look and re.match(r"\s*(INSERT|UPDATE|DELETE|CREATE|DROP|ALTER)\b", statement, re.IGNORECASE):
            wrote.append(statement.split("\n")[0][:90])

    client.get("/me")
    sa.event.listen(db.engine, "before_cursor_execute", listen)
    with time_machine.travel(clock.now(), tick=False):  # that somebody is still there is noted once a minute
        for address in addresses:
            before = len(wrote)
            client.get(address, buffered=True)
            wrote[before:] = [f"GET {address}: {statement}" for statement in wrote[before:]]
    sa.event.remove(db.engine, "before_cursor_execute", listen)
    assert not wrote, "\n".join(wrote)


def test_a_form_whose_session_has_ended_gives_back_what_was_typed(app) -> None:
    guest, own = app.test_client(), {"Origin": "http://localhost"}
    form = {"csrf_token": "of yesterday", "remark": "一段写了很久的话", "credit_code": "9151", "_version": "3"}
    answer = guest.post("/customers/1/edit", data=form, headers=own)
    assert (answer.status_code, "一段写了很久的话" in answer.text) == (400, True)
    for data, headers in ((form, {"Origin": "https://elsewhere.example"}), (form | {"password": "p"}, own), (form, {})):
        assert "一段写了很久的话" not in guest.post("/customers/1/edit", data=data, headers=headers).text
    app.config["WTF_CSRF_ENABLED"] = False
    answer = guest.post("/customers/1/edit", data=form, headers=own)
    assert (answer.status_code, "一段写了很久的话" in answer.text) == (401, True)
