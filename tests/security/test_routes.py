"""Every route names its policy, and holds to it (S1)."""

import pytest

from portal import schema
from portal.errors import Forbidden, NotFound
from portal.extensions import db
from portal.security.models import PersonRole
from portal.security.policy.gate import policy_of
from portal.security.policy.rights import right_of, roles_of
from tests.security.objects import World, calls, object_rules, unknown_arguments

# Whoever adds a door that is open to the world says so here.
OPEN = {
    "static": "files of the code",
    "health": "state of the machine for its watcher",
    "auth.sign_in": "the way in",
    "auth.enter": "the way in",
    "home.preferences": "language and theme of guests",
    "public": "forms, tracking and unsubscribing",
}


def is_open(endpoint: str) -> bool:
    return endpoint in OPEN or endpoint.split(".")[0] in OPEN


def test_every_route_names_its_policy(app) -> None:
    bare = [rule.endpoint for rule in app.url_map.iter_rules() if policy_of(app, rule.endpoint) is None]
    assert not bare


def test_only_listed_routes_are_open(app) -> None:
    found = {endpoint for endpoint in app.view_functions if (rule := policy_of(app, endpoint)) and rule.is_public}
    assert {endpoint for endpoint in found if not is_open(endpoint)} == set()


def test_a_route_without_a_policy_is_refused(app, people, as_) -> None:
    app._got_first_request = False
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = as_(people.admin).get("/forgotten")
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_every_argument_can_be_made(app) -> None:
    """A new kind of object gets one line in MAKERS of tests/security/objects.py; then all tests here cover it."""
    unknown = {rule.rule: names for rule in app.url_map.iter_rules() if (names := unknown_arguments(rule))}
    assert unknown == {}


def test_every_ability_named_is_one_there_is(app) -> None:
    from portal.schema.nouns.role import ABILITIES

    known = {"public", "signed in", *ABILITIES}
    actions = {"view", "create", "edit", "archive", "export"}
    names = {rule.name for endpoint in app.view_functions if (rule := policy_of(app, endpoint))}
    assert {name for name in names - known if name.split(".")[-1] not in actions} == set()


def test_guests_reach_no_closed_route(app, people, make) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client, world = app.test_client(), World(make, people.alice)
    for method, rule in calls(app):
        if not policy_of(app, rule.endpoint).is_public:
            for address in world.addresses(rule):
                answer = client.open(address, method=method, buffered=True)
                assert answer.status_code == 303, f"{method} {address}"
                assert answer.headers["Location"].startswith("/sign-in"), f"{method} {address}"


def test_people_without_a_role_reach_nothing(app, people, as_, make) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    world = World(make, people.alice)
    addresses = [
        (method, address)
        for method, rule in calls(app)
        if policy_of(app, rule.endpoint).name not in ("public", "signed in")
        for address in world.addresses(rule)
    ]
    people.bob.roles.clear()
    client = as_(people.bob)
    open_ = [
        (m, a, code)
        for m, a in addresses
        if (code := client.open(a, method=m, buffered=True).status_code) not in (403, 404)
    ]
    assert open_ == []


@pytest.fixture
def charlie(people):
    """Charlie holds every role but the administrator's, in another city."""
    keys = [key for key in schema.current().roles if key != "admin"]
    people.charlie.roles = [PersonRole(role_key=key) for key in keys]
    db.session.commit()
    return people.charlie


def _is_for_all(person, address) -> bool:
    """Whether a role shows every record of the kind to the person, as products are."""
    entity = schema.current().slugs.get(address.split("/")[1])
    scopes = (
        [right_of(role, entity.key).view for role in roles_of(person) if right_of(role, entity.key)] if entity else []
    )
    return "all" in scopes


def test_charlie_gets_404(app, people, as_, make, charlie) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    world, client, leaks = World(make, people.alice), as_(charlie), []
    for method, rule in calls(app, object_rules(app)):
        for address in world.addresses(rule):
            code = client.open(address, method=method, buffered=True).status_code
            is_closed = not _opens(app, rule, charlie, address, method)
            if code != 404 and not (code == 403 and is_closed) and not _is_for_all(charlie, address):
                leaks.append(f"{method} {address} ({rule.endpoint}): {code}")
    assert not leaks, "\n".join(leaks)


def _opens(app, rule, person, address, method="GET") -> bool:
    """Whether the person passes the gate of the view, so that only the object itself is hidden."""
    with app.test_request_context(address, method=method):
        try:
            policy_of(app, rule.endpoint).check(person)
        except (Forbidden, NotFound):
            return False
    return True


def test_alice_is_let_in(app, people, as_, make) -> None:
    """The addresses of Charlie's test are good ones: the owner opens the pages of the records."""
    world, client, shut = World(make, people.alice), as_(people.alice), []
    for rule in object_rules(app):
        if "GET" in rule.methods and rule.arguments == {"entity", "record_id"}:
            for address in world.addresses(rule):
                if (
                    _opens(app, rule, people.alice, address)
                    and (code := client.get(address, buffered=True).status_code) >= 400
                ):
                    shut.append(f"{address}: {code}")
    assert not shut, "\n".join(shut)
