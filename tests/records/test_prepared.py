"""Statements kept for all who hold the same roles: each reads what they alone may, and no more than without them."""

import pytest
from flask import g

from portal import clock, records, schema
from portal.errors import NotFound
from portal.extensions import db
from portal.records import prepared
from portal.schema import directory, releases
from portal.security import SYSTEM, Office, Team, offices, policy
from portal.security.models import PersonRole


def reads(person, record) -> tuple[object, ...]:
    """What the person reads of a record: its values, the names in it and its timeline; NOT_FOUND where it is hidden."""
    try:
        found = records.fetch(record.entity.key, record.id, person)
    except NotFound:
        return ("not found",)
    told = [(item.kind, item.title, item.text, item.by) for item in records.timeline.entries(found, person)]
    return (found.title, found.text("owner"), sorted(found.allowed), *told)


@pytest.fixture
def kept(make, people):
    """A customer of everybody with a follow-up and an order; and what each reads where nothing is kept."""
    found = []
    for person in (people.alice, people.bob, people.dora, people.charlie):
        one = make("customer", by=person, name=f"客户 {person.name}")
        make("follow_up", by=person, customer=one.id, at=clock.now(), way="phone", summary=f"谈 {person.name}")
        make("order", by=person, customer=one.id, number=person.name, ordered_on="2026-01-01", amount=1)
        found.append(one)
    return found


def readers(people):
    return (people.alice, people.charlie, people.bob, people.dora, people.erin, people.mary, people.admin)


def test_each_reads_the_same_as_without(kept, people, monkeypatch) -> None:
    """In turn, so that whoever comes later meets what was kept for others."""
    told = [[reads(person, record) for record in kept] for person in readers(people)]
    assert told == [[reads(person, record) for record in kept] for person in readers(people)]
    monkeypatch.setattr(policy, "peer_of", lambda actor: None)
    assert told == [[reads(person, record) for record in kept] for person in readers(people)]
    of_alice, of_charlie = told[0], told[1]
    assert of_alice[0][0] == "客户 Alice" and of_alice[3] == ("not found",)
    assert of_charlie[0] == ("not found",) and of_charlie[3][0] == "客户 Charlie"


def test_peers_share_a_statement_and_others_do_not(kept, people) -> None:
    catalog = schema.current()
    catalog.answers.clear()

    def statements() -> int:
        return sum(isinstance(key[0], str) for key in catalog.answers)

    counts = []
    for person in (people.alice, people.bob, people.dora):
        reads(person, kept[0])
        counts.append(statements())
    assert counts[0] == counts[1] < counts[2]


def test_whoever_changes_team_or_office_reads_as_they_stand(kept, people, app) -> None:
    assert reads(people.bob, kept[0])[0] == "客户 Alice"
    people.bob.team_id = people.charlie.team_id
    assert reads(people.bob, kept[0]) == ("not found",)
    assert reads(people.bob, kept[3])[0] == "客户 Charlie"
    people.bob.team_id = None
    assert reads(people.bob, kept[3]) == ("not found",)
    assert reads(people.bob, kept[1])[0] == "客户 Bob"


def test_a_scope_of_offices_follows_their_tree(make, people, app) -> None:
    """A manager of the head office reaches a branch from the moment it stands below."""
    documents = directory.load()
    role = "role: head\nlabel: {zh: 总, en: Head}\nentities: {any: {view: office}}\n"
    releases.publish({**documents, "roles/head.yml": role}, by=SYSTEM, note="", expected_release=1)
    branch = Office(key="branch", name="Branch")
    offices.save_office(branch, {"key": "branch", "name": "Branch"}, by=SYSTEM)
    team = Team(key="far", name="Far", office_id=branch.id)
    db.session.add(team)
    people.alice.roles = [PersonRole(role_key="head")]
    people.charlie.office_id = branch.id
    db.session.commit()
    record = make("customer", by=people.charlie, name="远方")
    g.pop("offices", None)
    assert reads(people.alice, record) == ("not found",)
    branch.parent_id = people.alice.office_id
    db.session.commit()
    g.pop("offices", None)
    assert reads(people.alice, record)[0] == "远方"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_nothing_is_kept_for_conditions_the_portal_and_other_pages(people) -> None:
    documents = directory.load()
    role = "role: near\nlabel: {zh: 近, en: Near}\nentities: {customer: {view: all, when: {city: 上海}}}\n"
    releases.publish({**documents, "roles/near.yml": role}, by=SYSTEM, note="", expected_release=1)
    people.alice.roles = [PersonRole(role_key="near")]
    db.session.commit()
    assert policy.peer_of(people.alice) is None and policy.peer_of(SYSTEM) is None
    built = [prepared.prepare(None, None, people.bob, 7, lambda who, id_: (who, id_)) for _again in range(2)]
    assert built == [((people.bob, 7), {})] * 2


def test_the_soonest_open_tasks_come_next(make, people, monkeypatch) -> None:
    """The soonest first, those without a day last; a day that may not be read chooses nothing."""
    customer = make("customer", by=people.alice, name="甲")
    for title, due, status in (("三", None, "open"), ("二", "2026-02-02", "open"), ("一", "2026-02-01", "open")):
        make("task", by=people.alice, customer=customer.id, title=title, due_on=due, status=status)
    make("task", by=people.alice, customer=customer.id, title="零", due_on="2026-01-01", status="done")
    task = schema.current().entities["task"]

    def next_of(person) -> list[str]:
        seen = records.fetch("customer", customer.id, person)
        return [one.title for one in records.upcoming.soonest(seen, task, by="due_on", limit=3, status="open")]

    assert next_of(people.alice) == next_of(people.bob) == next_of(people.dora) == ["一", "二", "三"]
    monkeypatch.setattr("portal.records.reading.may_read", lambda person, field: field and field.key != "due_on")
    assert next_of(people.alice) == []
