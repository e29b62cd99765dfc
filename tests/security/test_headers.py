"""Every answer carries the headers that hold the browser back (S15)."""

import re

import pytest

from tests.security.objects import World, calls

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
STRICTER = {"Referrer-Policy": "no-referrer"}  # behind links that must not travel on
LOOSE = ("'unsafe-inline'", "'unsafe-eval'", "http:", "https:", "*")


@pytest.fixture
def answers(app, people, as_, make):
    """The answer of every address that can be read, as an admin and as a guest."""
    world, client = World(make, people.alice), as_(people.admin)
    guest = app.test_client()
    addresses = sorted({a for method, rule in calls(app) if method == "GET" for a in world.addresses(rule)})
    found = [(address, client.get(address, buffered=True)) for address in [*addresses, "/nowhere", "/static/nothing"]]
    return found + [(f"{address} (guest)", guest.get(address)) for address in ("/sign-in", "/me", "/health")]


def headers_stand_on_every_route(answers) -> None:
    for address, answer in answers:
        for name, value in WANTED.items():
            assert answer.headers.get(name) in (value, STRICTER.get(name, value)), f"{address}: {name}"


def the_content_policy_is_strict(answers) -> None:
    for address, answer in answers:
        rules = dict(part.split(" ", 1) for part in _parts(answer))
        rules = {name: value.strip() for name, value in rules.items()}
        assert rules["default-src"] in ("'self'", "'none'"), address
        if "sandbox" in rules:
            continue  # a stored file: no script, no form, no origin
        for name in ("script-src", "style-src"):
            words = rules.get(name, rules["default-src"])
            assert not any(word in words.split() for word in LOOSE), f"{address}: {name} {words}"
        assert rules.get("object-src", rules["default-src"]) == "'none'", address
        assert "base-uri" in rules, address
        assert "frame-ancestors" in rules, address


def _parts(answer) -> list[str]:
    return [f"{part.strip()} " for part in answer.headers["Content-Security-Policy"].split(";")]


def nonces_are_used_once(answers) -> None:
    nonces = [re.findall(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"]) for _address, answer in answers]
    seen = [values[0] for values in nonces if values]
    assert len(seen) == len(set(seen))


def pages_of_people_are_not_stored(answers) -> None:
    for address, answer in answers:
        if not address.startswith("/static/"):
            assert "no-store" in answer.headers["Cache-Control"] or address.startswith("/t/"), address


def cookies_are_out_of_reach_of_scripts(answers) -> None:
    for address, answer in answers:
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert "SameSite=" in cookie, f"{address}: {cookie}"
            name = cookie.split("=")[0]
            assert "HttpOnly" in cookie or name in ("language", "theme"), f"{address}: {cookie}"


def test_cookies_go_over_https_only_where_set(app, settings) -> None:
    object.__setattr__(settings, "secure_cookies", True)
    from portal import create_app

    assert create_app(settings).config["SESSION_COOKIE_SECURE"] is True


def no_page_fails(answers) -> None:
    assert [address for address, answer in answers if answer.status_code >= 500] == []


RULES = (
    headers_stand_on_every_route,
    the_content_policy_is_strict,
    nonces_are_used_once,
    pages_of_people_are_not_stored,
    cookies_are_out_of_reach_of_scripts,
    no_page_fails,
)


def test_every_answer_keeps_every_rule(answers, subtests) -> None:
    for rule in RULES:
        with subtests.test(rule.__name__):
            rule(answers)
