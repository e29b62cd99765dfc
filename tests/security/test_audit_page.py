"""The audit log shows deeds to who may read it, and never more of a record than the reader may see."""

import ast

import pytest

from portal.blueprints.audit.deeds import DEEDS
from portal.blueprints.audit.doors import ROOMS
from portal.extensions import db
from portal.forms import document
from portal.schema.nouns.role import ABILITIES
from portal.security.models import PersonRole
from tests.house.sources import modules


def test_changes_are_shown_with_both_values(people, as_, make) -> None:
    make("customer", by=people.alice, name="远景科技")
    page = as_(people.admin).get("/audit?entity=customer").text
    assert "远景科技" in page
    assert "Record created" in page


def test_a_reader_of_another_office_sees_nothing_of_it(people, as_, make) -> None:
    make("customer", by=people.alice, name="远景科技")
    people.charlie.roles = [PersonRole(role_key="manager")]
    db.session.commit()
    page = as_(people.charlie).get("/audit").text
    assert "远景科技" not in page
    assert "Alice" not in page
    assert "远景科技" in as_(people.dora).get("/audit").text


def test_pages_follow_the_key(people, as_) -> None:
    from portal import audit

    for number in range(60):
        audit.record("person.changed", by=people.alice, entity="person", record_id=number)
    client = as_(people.admin)
    page = client.get("/audit?action=person.changed").text
    assert "#59" in page
    assert "#9<" not in page
    older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "#9<" in client.get(older).text


@pytest.mark.parametrize("query", ["by=x", "since=yesterday", "record=%27", "before=-1", "action=*"])
def test_odd_questions_are_answered(people, as_, query) -> None:
    assert as_(people.admin).get(f"/audit?{query}").status_code == 200


def test_a_text_no_database_holds_is_refused(people, as_) -> None:
    assert as_(people.admin).get("/audit?entity=%00").status_code == 400
    assert as_(people.admin).get("/people/?q=a%00").status_code == 400


def test_every_deed_has_a_name() -> None:
    said = {
        node.args[0].value
        for _path, tree, _text in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "audit.record_many")
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    assert said - DEEDS.keys() == set()


def test_every_ability_has_a_name(app) -> None:
    assert set(ABILITIES) == set(document.words.ABILITIES)


def test_every_room_that_shows_records_has_a_name_for_people(app) -> None:
    """Its own, so that nobody meets the word of a program in "who saw this"."""
    silent = {"auth", "health", *(name for name in app.blueprints if name.startswith("system_"))}
    assert set(app.blueprints) - silent == set(ROOMS)
