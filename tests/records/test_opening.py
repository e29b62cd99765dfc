"""While a field is being opened, lists and reports that order, group or search by it say how far it is."""

import pytest

from portal import records
from portal.insights import parts
from portal.insights.lens import Lens
from portal.schema import conditions
from portal.schema.nouns.report import SectionNoun
from portal.security import SYSTEM
from tests.records.sealed import with_sealed
from tests.records.test_resealing import run_all


@pytest.fixture
def entity(app, make, people):
    with_sealed()
    for number, who in enumerate((people.alice, people.alice, people.charlie)):
        make("customer", by=who, name=f"C{number}", private=f"p{number}")
    entity = with_sealed(encrypted=False)
    make("customer", by=people.alice, name="D", private="d")
    return entity


def told(entity, person, test=None, by=()):
    when = conditions.parse(test, entity) if test else None
    return [(one.field.key, one.opened, one.held) for one in records.opening.concerned(entity, person, when, by)]


def test_what_is_incomplete_is_said_to_each_by_the_rows_they_see(entity, people):
    assert told(entity, people.alice, by=["-private"]) == [("private", 1, 3)]
    assert told(entity, SYSTEM, {"private": {"contains": "p"}}) == [("private", 1, 4)]
    assert told(entity, SYSTEM, {"private": "p1"}, by=["name"]) == []  # whole values are found
    run_all()
    assert told(entity, SYSTEM, {"private": {"contains": "p"}}, by=["private"]) == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_lists_and_reports_say_so(entity, as_, people):
    client = as_(people.admin)
    for way in ("", "/counts"):
        page = client.get(f"/customers{way}?f.private=contains:p").text
        assert "“Private” is being opened: 1 of 4 values" in page
    assert "is being opened" not in client.get("/customers?f.private=eq:p1").text
    context = {"entities": {"customer": entity}, "subject": None}
    section = SectionNoun.model_validate(
        {"kind": "chart", "entity": "customer", "by": "private", "note": "n"}, context=context
    )
    assert parts.fill(section, Lens(SYSTEM), 1).note.startswith("n ")
    run_all()
    assert parts.fill(section, Lens(SYSTEM), 1).note == "n"
