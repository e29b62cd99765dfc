"""Several drafts, others at the same document, and two who publish: the loser sees three ways and goes on."""

import re

import pytest

from portal.schema import drafts, releases
from portal.security import SYSTEM
from portal.security import people as keeping
from tests.web.studio import TIER, keep, post, publish, text_of

PATH = "tiers/customer_tier.yml"


@pytest.fixture
def admin(as_, people):
    return as_(people.admin)


@pytest.fixture
def second(as_, people):
    """Dora is an administrator too."""
    keeping.change(people.dora, {"roles": ["admin"]}, by=SYSTEM)
    return as_(people.dora)


def test_drafts_have_names_and_keep_apart(admin, people):
    keep(admin, TIER, ("share: 5%", "share: 6%"))
    assert post(admin, "/studio/drafts", {"name": "Spring"}).status_code == 303
    assert "share: 5%" in text_of(admin, TIER)
    keep(admin, TIER, ("share: 15%", "share: 16%"))
    page = admin.get("/studio/").text
    assert "Spring" in page and "Unnamed draft" in page
    first = drafts.all_of(people.admin)[0]
    assert post(admin, f"/studio/drafts/{first.id}/hand").status_code == 303
    text = text_of(admin, TIER)
    assert "share: 6%" in text and "share: 15%" in text
    publish(admin, "First")
    assert drafts.of(people.admin).name == "Spring", "the other comes into the hand"
    assert post(admin, "/studio/drafts", {"name": " "}).status_code == 422


def test_a_draft_of_somebody_else_cannot_be_taken(admin, second, people):
    keep(admin, TIER, ("share: 5%", "share: 6%"))
    theirs = drafts.of(people.admin)
    assert post(second, f"/studio/drafts/{theirs.id}/hand").status_code == 404


def test_who_edits_the_same_document_is_told(admin, second):
    keep(second, TIER, ("share: 5%", "share: 6%"))
    for face in (TIER, f"{TIER}/form"):
        assert "Dora edits this document too" in admin.get(face).text
    assert "Dora edits" not in admin.get("/studio/documents/roles/agent").text


def test_different_lines_come_together_by_themselves(admin, second, people):
    keep(admin, TIER, ("share: 5%", "share: 6%"))
    keep(second, TIER, ("share: 80%", "share: 79%"))
    assert publish(second, "theirs").status_code == 303
    lost = publish(admin, "mine")
    assert lost.status_code == 409
    assert "/studio/draft/move" in lost.text
    page = admin.get("/studio/draft/move").text
    assert "Fits together" in page and 'type="radio"' not in page
    assert post(admin, "/studio/draft/move", {"number": "2", "path": PATH}).status_code == 303
    assert publish(admin, "mine").status_code == 303
    text = releases.documents(3)[PATH]
    assert "share: 6%" in text and "share: 79%" in text


@pytest.mark.parametrize(("side", "kept"), [("mine", "6%"), ("theirs", "7%")])
def test_the_same_line_is_asked(admin, second, side, kept):
    keep(admin, TIER, ("share: 5%", "share: 6%"))
    keep(second, TIER, ("share: 5%", "share: 7%"))
    publish(second, "theirs")
    page = admin.get("/studio/draft/move").text
    name = re.search(r'type="radio" name="([^"]+)"', page)[1]
    for words in ("share: 5%", "share: 6%", "share: 7%"):
        assert words in page
    assert post(admin, "/studio/draft/move", {"number": "2", "path": PATH, name: side}).status_code == 303
    assert f"share: {kept}" in text_of(admin, TIER)


def test_a_third_release_asks_again(admin, second, people):
    keep(admin, TIER, ("share: 5%", "share: 6%"))
    changed = releases.documents(1)["roles/agent.yml"] + "# 2\n"
    releases.publish_document("roles/agent.yml", changed, by=people.dora, note="Desk")
    assert post(admin, "/studio/draft/move", {"number": "1", "path": PATH}).status_code == 409
