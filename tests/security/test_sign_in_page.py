"""The sign-in page and one's own account, in a browser without scripts."""

import re

import pytest

from portal.extensions import db
from portal.security import people as room
from portal.security.passwords import hashed

TOKENS = re.compile(r'"[\w.-]{60,}"')
SECRET = "correct horse 42"


@pytest.fixture
def alice(app, people):
    app.config["WTF_CSRF_ENABLED"] = False
    people.alice.password_hash = hashed(SECRET)
    db.session.commit()
    return people.alice


def enter(client, username="alice", password=SECRET, address="/sign-in"):
    return client.post(address, data={"username": username, "password": password})


def test_the_page_comes_back_to_where_one_wanted_to_go(app, alice) -> None:
    client = app.test_client()
    asked = client.get("/me?x=1")
    assert asked.headers["Location"] == "/sign-in?next=%2Fme%3Fx%3D1"
    assert enter(client, address=asked.headers["Location"]).headers["Location"] == "/me?x=1"
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "/\t/evil.example",
        "http:///evil.example",
        "evil.example",
        "////evil.example",
        "/\r\nLocation: //evil.example",
    ],
)
def test_nobody_is_sent_off_site(app, alice, address) -> None:
    answer = app.test_client().post(
        "/sign-in", query_string={"next": address}, data={"username": "alice", "password": SECRET}
    )
    assert answer.headers["Location"].startswith("/")
    assert answer.headers["Location"][:2] not in ("//", "/\\")


def test_wrong_name_and_wrong_password_look_the_same(app, alice) -> None:
    pages = [enter(app.test_client(), name, "wrong password") for name in ("alice", "alicf")]
    assert [page.status_code for page in pages] == [422, 422]
    known, unknown = (TOKENS.sub("", page.text.replace("alicf", "alice")) for page in pages)
    assert known == unknown


def test_the_lock_is_told(app, alice) -> None:
    client = app.test_client()
    answers = [enter(client, password="wrong password").status_code for _attempt in range(5)]
    assert answers == [422] * 5
    assert enter(client).status_code == 429


def test_a_session_made_before_does_not_survive(app, alice) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    enter(client)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_sign_out_ends_the_session_on_the_server(app, alice, as_) -> None:
    client = as_(alice)
    with client.session_transaction() as session:
        kept = dict(session)
    assert client.post("/sign-out").status_code == 303
    with client.session_transaction() as session:
        session.update(kept)
    assert client.get("/me").status_code == 303


def test_a_one_time_password_opens_nothing_but_its_change(app, alice, people) -> None:
    password = room.reset_password(alice, by=people.admin)
    client = app.test_client()
    assert enter(client, password=password).headers["Location"] == "/me"
    assert client.get("/").headers["Location"] == "/me"
    changed = {"present": password, "password": "my own long one", "again": "my own long one"}
    assert client.post("/me/password", data=changed).status_code == 303
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("wanted", ["short", "aaaaaaaaaaaaaa", "alice-and-more"])
def test_weak_passwords_are_refused(app, alice, as_, wanted) -> None:
    answer = as_(alice).post("/me/password", data={"present": SECRET, "password": wanted, "again": wanted})
    assert answer.status_code == 422


def test_language_and_theme_are_kept(app, alice, as_) -> None:
    client = as_(alice)
    form = {"name": "Alice", "email": "", "locale": "zh", "theme": "dark"}
    assert client.post("/me", data=form).status_code == 303
    page = client.get("/me").text
    assert 'lang="zh-CN"' in page
    assert 'data-bs-theme="dark"' in page


def test_one_ends_only_sessions_of_ones_own(app, alice, people, as_) -> None:
    mine, others = as_(alice), as_(people.bob)
    (foreign,) = room.open_sessions(people.bob)
    assert mine.post(f"/me/sign-ins/{foreign.id}/end").status_code == 404
    assert others.get("/me").status_code == 200
    second = as_(alice)
    assert mine.post("/me/sign-ins/end").status_code == 303
    assert second.get("/me").status_code == 303


def test_htmx_is_sent_to_the_sign_in_page(app) -> None:
    answer = app.test_client().get("/me", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")
