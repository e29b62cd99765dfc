"""An administrator sees the portal as a role: no more than the role, nothing is changed, and the log knows."""

import re

import pytest

from portal import audit
from portal.extensions import db
from portal.security import SYSTEM, Team
from portal.security import people as keeping
from tests.security.objects import SAFE, World, calls
from tests.security.test_canaries import FAR, PROFIT_SHOWN, leaks
from tests.security.test_canaries import world as world

# To stop looking, to leave, one's own language and theme, and what guests may send.
FREE = ("people.be_oneself", "auth.sign_out", "auth.enter", "home.preferences", "public")


def post(client, address, **data):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/me").text)[1]
    return client.post(address, data=data | {"csrf_token": token})


@pytest.fixture
def disguised(people, as_):
    """`disguised("agent")` is the administrator's browser, seeing as a service agent."""

    def put_on(role, team=""):
        client = as_(people.admin)
        assert post(client, "/people/roles/sight", role=role, team=team).status_code == 303
        return client

    return put_on


def team(key):
    return db.session.scalars(db.select(Team).where(Team.key == key)).one().id


def test_the_page_says_so_and_ends_by_a_click(disguised):
    client = disguised("seller")
    assert "You see the portal as: Seller" in client.get("/customers").text
    assert client.get("/studio/").status_code == 403
    assert client.get("/people/").status_code == 403
    assert post(client, "/people/roles/sight/end").status_code == 303
    assert "You see the portal as" not in client.get("/customers").text
    assert client.get("/studio/").status_code == 200


@pytest.mark.parametrize(("role", "canaries"), [("agent", (FAR, *PROFIT_SHOWN)), ("seller", (FAR,))])
def test_no_door_shows_more_than_the_role(disguised, world, role, canaries):
    client = disguised(role, team("sales_a"))
    assert "上海近处" in client.get("/customers").text
    assert leaks(client, *world, canaries) == []


def test_nothing_can_be_sent(app, disguised, people, make):
    world = World(make, people.alice)
    client, passed = disguised("admin"), []
    app.config["WTF_CSRF_ENABLED"] = False
    for method, rule in calls(app):
        for address in world.addresses(rule) if method not in SAFE and not rule.endpoint.startswith(FREE) else ():
            code = client.open(address, method=method, buffered=True).status_code
            if code not in (403, 404, 405):
                passed.append(f"{method} {address}: {code}")
    assert passed == []


def test_the_log_knows(disguised, people):
    client = disguised("agent")
    post(client, "/people/roles/sight/end")
    lines = db.session.scalars(db.select(audit.AuditLine))
    deeds = [(line.action, line.data) for line in lines if "disguised" in line.action]
    assert [action for action, _ in deeds] == ["person.disguised", "person.undisguised"]
    assert all(data["role"] == "agent" for _, data in deeds)


def test_only_who_keeps_people_may(people, as_):
    assert post(as_(people.alice), "/people/roles/sight", role="admin").status_code == 403
    assert post(as_(people.admin), "/people/roles/sight", role="nobody").status_code == 422
    assert post(as_(people.admin), "/people/roles/sight", role="agent", team="99").status_code == 422


def test_who_loses_the_right_is_oneself_at_once(disguised, people):
    client = disguised("manager")
    keeping.change(people.admin, {"roles": ["seller"]}, by=SYSTEM)
    db.session.commit()
    assert "You see the portal as" not in client.get("/customers").text


def test_the_own_place_is_never_written(disguised, people):
    client, before = disguised("seller", team("sales_c")), people.admin.office_id
    client.get("/customers")
    db.session.expire_all()
    assert (people.admin.office_id, people.admin.team_id, people.admin.role_keys) == (before, None, ("admin",))
