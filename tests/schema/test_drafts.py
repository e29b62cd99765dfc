"""A draft is the release it began from with a person's edits over it."""

import pytest

from portal.extensions import transaction
from portal.schema import drafts, releases
from tests.schema.docs import CUSTOMER, publish, shipped, with_field

TIER = "tiers/customer_tier.yml"
FIELD = "intent: {type: text, label: 意向}"


@pytest.fixture
def admin(people):
    return people.admin


def write(person, path, text):
    with transaction():
        drafts.write(person, path, text)


def test_edits_lie_over_the_release(admin, people):
    write(admin, TIER, "tier: changed\n")
    write(admin, "roles/agent.yml", None)
    write(admin, "roles/new.yml", "role: new\n")
    seen = drafts.workspace(admin)
    assert seen.documents[TIER] == "tier: changed\n"
    assert "roles/agent.yml" not in seen.documents
    assert [seen.state(path) for path in (TIER, "roles/agent.yml", "roles/new.yml", CUSTOMER)] == [
        "changed",
        "removed",
        "added",
        "",
    ]
    assert [draft.person_name for draft in drafts.of_others(people.dora)] == ["Admin"]
    assert drafts.workspace(people.dora).edits == {}


def test_an_edit_that_undoes_itself_is_forgotten(admin):
    write(admin, TIER, "x\n")
    write(admin, TIER, shipped()[TIER])
    assert drafts.of(admin) is None


def test_a_draft_keeps_its_release_until_it_is_moved(admin):
    write(admin, TIER, "x\n")
    publish(with_field(shipped(), FIELD))
    assert drafts.workspace(admin).base == 1
    assert FIELD not in drafts.workspace(admin).documents[CUSTOMER]
    with transaction():
        drafts.move(admin)
    seen = drafts.workspace(admin)
    assert (seen.base, seen.edits) == (2, {TIER: "x\n"})
    assert FIELD in seen.documents[CUSTOMER]


def test_moving_forgets_what_the_release_holds_already(admin):
    text = with_field(shipped(), FIELD)[CUSTOMER]
    write(admin, CUSTOMER, text)
    publish({**shipped(), CUSTOMER: text})
    with transaction():
        drafts.move(admin)
    assert drafts.of(admin) is None
    assert releases.current_number() == 2
