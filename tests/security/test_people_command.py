"""`portal people`: the first administrator comes in by the shell."""

import re

import pytest
from click.testing import CliRunner

from portal.cli.people import people as command
from portal.extensions import db
from portal.security import people


@pytest.fixture
def run(app, database_url, tmp_path, monkeypatch):
    for name, value in {
        "PORTAL_MODE": "test",
        "PORTAL_INSTANCE": str(tmp_path),
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_ARGON2": "8,1,1",
    }.items():
        monkeypatch.setenv(name, value)

    def invoke(*words):
        db.session.rollback()
        answer = CliRunner().invoke(command, words)
        db.session.rollback()
        return answer

    return invoke


def password(answer) -> str:
    return re.search(r"with (\S+)", answer.output)[1]


def test_add_prints_a_password_that_opens(run) -> None:
    answer = run("add", "li.na", "--name", "李娜", "--role", "seller", "--role", "agent", "--team", "sales_a")
    assert answer.exit_code == 0, answer.output
    added = people.find("li.na")
    assert (added.role_keys, added.team.key, added.office.key) == (("agent", "seller"), "sales_a", "shanghai")
    assert people.sign_in("li.na", password(answer))


def test_disable_and_reset(run) -> None:
    assert run("disable", "bob").exit_code == 0
    assert not people.find("bob").active
    answer = run("reset", "bob")
    assert people.sign_in("bob", password(answer))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "alice"), "This user name is taken."),
        (("add", "x", "--role", "king"), "There is no role “king”."),
        (("add", "x", "--office", "moon"), "there is no office 'moon'"),
        (("disable", "nobody"), "there is no person 'nobody'"),
        (("reset", "nobody"), "there is no person 'nobody'"),
    ],
)
def test_mistakes_are_told_in_one_line(run, words, told) -> None:
    answer = run(*words)
    assert answer.exit_code == 1
    assert answer.output.strip().count("\n") == 0
    assert told in answer.output
