"""Segments in the browser: built, counted, published, and only what may be asked."""

import re

from portal import schema

ROWS = {
    "on": "customer",
    "join": "all",
    "row": "0",
    "field-0": "industry",
    "operator-0": "in",
    "value-0": "manufacturing",
}


def token(client) -> str:
    return re.search(r'name="csrf-token" content="([^"]+)"', client.get("/segments/new").text)[1]


def test_a_segment_is_counted_published_and_rebuilt(people, make, as_) -> None:
    make("customer", by=people.alice, name="甲", industry="manufacturing")
    make("customer", by=people.charlie, name="乙", industry="manufacturing")
    mary = as_(people.mary)
    form = ROWS | {"csrf_token": token(mary)}
    assert "<strong>1</strong>" in mary.post("/segments/count", data=form).text, "another office is not counted"
    before = schema.current().release
    assert mary.post("/segments/", data=form | {"name": "制造业客户"}).status_code == 303
    assert schema.releases.current_number() == before + 1
    document = schema.releases.documents(before + 1)["segments/segment.yml"]
    assert "制造业客户" in document
    assert mary.get("/segments/segment").status_code == 200


def test_what_is_wrong_is_said_and_what_was_typed_stays(people, as_) -> None:
    mary = as_(people.mary)
    form = ROWS | {
        "csrf_token": token(mary),
        "field-0": "annual_spend",
        "operator-0": "gte",
        "value-0": "viel",
        "name": "大户",
    }
    answer = mary.post("/segments/", data=form)
    assert answer.status_code == 422
    assert "大户" in answer.text
    assert "viel" in answer.text


def test_fields_one_may_not_read_cannot_be_asked_for(people, make, as_) -> None:
    make("customer", owner=people.alice.id, name="甲", credit_rating="aaa")
    make("customer", owner=people.alice.id, name="乙", credit_rating="c")
    mary = as_(people.mary)
    form = ROWS | {"csrf_token": token(mary), "field-0": "credit_rating", "value-0": "aaa"}
    assert "<strong>2</strong>" in mary.post("/segments/count", data=form).text, "the row is left out"
    assert "credit_rating" not in mary.get("/segments/new").text


def test_only_known_segments_are_written_over(people, as_) -> None:
    mary = as_(people.mary)
    form = ROWS | {"csrf_token": token(mary), "name": "x", "key": "../roles/admin"}
    assert mary.post("/segments/", data=form).status_code == 404
