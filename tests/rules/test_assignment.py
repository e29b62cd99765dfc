"""Assignment and the public pool: fair turns, one winner, capacity, recycling, the history of owners."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock, records, schema
from portal.audit import AuditLine
from portal.errors import Forbidden, NotFound
from portal.extensions import db, transaction
from portal.mail import Notice
from portal.rules.assignment import OwnerMove, pool, recycling, shelf
from portal.security import SYSTEM, Person
from tests.rules.desks import owner, use
from tests.rules.stage import settle
from tests.rules.test_pages import token


def test_turns_are_fair_and_tell_the_owner(desk: Any, people: Any, make: Any) -> None:
    made = [make("customer", name=f"东{n}", region="east") for n in range(5)]
    given = [owner(one) for one in made]
    assert given == [people.alice.id, people.bob.id, people.alice.id, people.bob.id, people.alice.id]
    assert records.fetch("customer", made[0].id, SYSTEM)["team"] == people.alice.team_id
    assert Counter(db.session.scalars(sa.select(Notice.person_id))) == {people.alice.id: 3, people.bob.id: 2}


def test_the_least_load_gets_the_next(desk: Any, people: Any, make: Any) -> None:
    for n in range(2):
        make("customer", name=f"旧{n}", owner=people.alice.id)
    make("customer", name="旧", owner=people.bob.id)
    made = [make("customer", name=f"IT{n}", industry="it") for n in range(3)]
    assert [owner(one) for one in made] == [people.charlie.id, people.bob.id, people.charlie.id]


def test_what_no_rule_takes_lies_in_the_pool_or_goes_to_a_role(desk: Any, people: Any, make: Any) -> None:
    assert owner(make("customer", name="无")) is None
    assert owner(make("customer", name="己", by=people.bob)) == people.bob.id
    use("manager")
    assert owner(make("customer", name="有")) == people.dora.id


def test_turns_stay_fair_when_many_come_at_once(desk: Any, people: Any, app: Any) -> None:
    db.session.commit()
    together(
        app,
        12,
        lambda n: records.save(records.new("customer", SYSTEM), {"name": f"东{n}", "region": "east"}, by=SYSTEM),
    )
    table = records.tables.table_of("customer")
    given = Counter(db.session.scalars(sa.select(table.c.owner_id)))
    assert given == {people.alice.id: 6, people.bob.id: 6}


def together(app: Any, number: int, act: Any) -> list[str]:
    """Do something in so many threads at once; return what became of each."""
    ends, gate = [""] * number, threading.Barrier(number)

    def run(place: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    act(place)
                ends[place] = "done"
            except Exception as error:
                ends[place] = type(error).__name__
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    db.session.expire_all()
    return ends


def test_of_twenty_claims_one_wins(desk: Any, people: Any, make: Any, app: Any) -> None:
    customer = make("customer", name="抢")
    with transaction():
        crowd = [Person(username=f"s{n}", name=f"S{n}", password_hash="!", locale="en") for n in range(20)]
        db.session.add_all(crowd)
    ids = [one.id for one in crowd]
    db.session.commit()
    noun = schema.current().assignment["desk"]
    ends = together(app, 20, lambda n: pool.claim(noun, customer.id, db.session.get_one(Person, ids[n])))
    assert Counter(ends) == {"done": 1, "Conflict": 19}
    assert owner(customer) == ids[ends.index("done")]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OwnerMove)) == 1


def test_nobody_claims_beyond_the_capacity(desk: Any, people: Any, make: Any, app: Any) -> None:
    made = [make("customer", name=f"{n}") for n in range(8)]
    ids, alice = [one.id for one in made], people.alice.id
    db.session.commit()
    noun = schema.current().assignment["desk"]
    ends = together(app, 8, lambda n: pool.claim(noun, ids[n], db.session.get_one(Person, alice)))
    assert Counter(ends) == {"done": 3, "Invalid": 5}
    assert pool.room(noun, db.session.get_one(Person, alice)).is_full


def test_only_what_lies_in_the_pool_is_claimed(desk: Any, people: Any, make: Any) -> None:
    taken = make("customer", name="有主", owner=people.bob.id)
    away = make("customer", name="合作", status="active")
    for record in (taken, away):
        with pytest.raises(NotFound), transaction():
            pool.claim(desk, record.id, people.alice)
    assert shelf.listed(desk, people.alice) == shelf.Shelf([], None, None)


def test_handing_back_and_the_history_on_the_timeline(desk: Any, people: Any, make: Any) -> None:
    customer = make("customer", name="轮")
    with transaction():
        pool.claim(desk, customer.id, people.alice)
    with pytest.raises(Forbidden), transaction():
        pool.hand_back(desk, customer.id, people.bob)
    with transaction():
        pool.hand_back(desk, customer.id, people.alice)
    with transaction():
        pool.claim(desk, customer.id, people.alice)
    found = records.fetch("customer", customer.id, SYSTEM)
    told = [item.text for item in records.timeline.entries(found, SYSTEM, kinds={"owner"})]
    assert told == ["公海 → Alice (从公海领取的)", "Alice → 公海 (人工)", "公海 → Alice (从公海领取的)"]
    first = records.timeline.entries(found, SYSTEM, kinds={"owner"}, limit=1)
    rest = records.timeline.entries(found, SYSTEM, after=first[0].cursor, kinds={"owner"})
    assert [item.text for item in first + rest] == told
    lines = sa.select(AuditLine.by_id).where(AuditLine.action == "pool.claimed")
    assert set(db.session.scalars(lines)) == {people.alice.id}


def test_a_change_of_owner_by_hand_is_kept_too(desk: Any, people: Any, make: Any) -> None:
    customer = make("customer", name="转", owner=people.alice.id)
    records.save(records.fetch("customer", customer.id, SYSTEM), {"owner": people.bob.id}, by=people.dora)
    move = db.session.scalars(sa.select(OwnerMove)).one()
    expected = (people.alice.id, people.bob.id, people.dora.id, "person")
    assert (move.before_id, move.after_id, move.by_id, move.cause) == expected


def test_a_change_of_many_owners_leaves_the_same_lines(desk: Any, people: Any, make: Any) -> None:
    one, two, kept = (make("customer", name=f"批{n}", owner=people.alice.id) for n in range(3))
    rows = [{"id": one.id, "owner": people.bob.id}, {"id": two.id, "owner": None}, {"id": kept.id, "city": "杭州"}]
    with transaction():
        assert not records.bulk.save_many("customer", rows, by=people.dora).problems
    moves = db.session.scalars(sa.select(OwnerMove).order_by(OwnerMove.record_id)).all()
    told = [(move.record_id, move.before_id, move.after_id, move.by_id, move.cause) for move in moves]
    alice, bob, dora = people.alice.id, people.bob.id, people.dora.id
    assert told == [(one.id, alice, bob, dora, "person"), (two.id, alice, None, dora, "person")]
    found = records.fetch("customer", one.id, SYSTEM)
    assert [item.text for item in records.timeline.entries(found, SYSTEM, kinds={"owner"})] == ["Alice → Bob (人工)"]


def test_what_nobody_follows_up_goes_back_after_a_warning(desk: Any, people: Any, make: Any, travel: Any) -> None:
    stale = make("customer", name="冷", owner=people.alice.id)
    kept = make("customer", name="热", owner=people.alice.id)
    done = make("customer", name="合作", owner=people.alice.id, status="active")
    travel.shift(timedelta(days=28))
    db.session.commit()
    assert recycling.recycle() == 0
    told = db.session.scalars(sa.select(Notice.link).where(Notice.person_id == people.alice.id)).all()
    assert sorted(told) == [f"/customers/{stale.id}", f"/customers/{kept.id}"]
    make("follow_up", customer=kept.id, at=clock.now(), way="phone", summary="谈")
    travel.shift(timedelta(days=4))
    db.session.commit()
    assert recycling.recycle() == 1
    assert [owner(one) for one in (stale, kept, done)] == [None, people.alice.id, people.alice.id]
    assert recycling.recycle() == 0
    with transaction():
        pool.claim(desk, stale.id, people.bob)
    travel.shift(timedelta(days=5))
    db.session.commit()
    assert recycling.recycle() == 0
    assert owner(stale) == people.bob.id


def test_a_job_that_comes_late_still_warns_first(desk: Any, people: Any, make: Any, travel: Any) -> None:
    stale = make("customer", name="冷", owner=people.alice.id)
    travel.shift(timedelta(days=90))
    db.session.commit()
    assert recycling.recycle() == 0
    travel.shift(timedelta(days=3))
    db.session.commit()
    assert recycling.recycle() == 1
    assert owner(stale) is None


SKILLED = """
assignment: desk
label: Desk
on: customer
rules:
  - {to: seller, by: load, skill: industry, fallback: manager}
otherwise: pool
"""


def test_a_skill_narrows_and_the_load_decides_among_those(desk: Any, people: Any, make: Any, as_: Any) -> None:
    schema.releases.publish_document("assignment/desk.yml", SKILLED, by=SYSTEM, note="test")
    settle()
    admin, address = as_(people.admin), f"/people/{people.bob.id}"
    form = {"name": "Bob", "locale": "en", "roles": "seller", "team_id": str(people.bob.team_id), "office_id": ""}
    given = {**token(admin, address), **form, "skills": "制造业， IT, English"}
    assert admin.post(address, data=given).status_code == 303
    assert "制造业，IT，English" in admin.get(address).get_data(as_text=True)
    with transaction():
        db.session.get_one(Person, people.charlie.id).skills = ["it"]
    make("customer", name="旧", owner=people.bob.id)
    made = [make("customer", name=f"I{n}", industry="it") for n in range(3)]
    assert [owner(one) for one in made] == [people.charlie.id, people.bob.id, people.charlie.id]
    assert owner(make("customer", name="机", industry="manufacturing")) == people.bob.id
    assert owner(make("customer", name="零", industry="retail")) == people.dora.id
    assert owner(make("customer", name="无")) == people.alice.id


def test_the_pages(desk: Any, people: Any, make: Any, as_: Any) -> None:
    customer = make("customer", name="公海客户", city="杭州", credit_rating="c")
    browser = as_(people.alice)
    page = browser.get("/pool/").get_data(as_text=True)
    assert "公海客户" in page
    assert "you have 0 of at most 3" in page
    assert "/pool/" in browser.get("/").get_data(as_text=True)
    data = token(browser, "/pool/")
    answer = browser.post(f"/pool/desk/{customer.id}/claim", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/customers/{customer.id}")
    assert owner(customer) == people.alice.id
    assert f"/pool/desk/{customer.id}/return" in browser.get(f"/customers/{customer.id}").get_data(as_text=True)
    other = as_(people.bob)
    again = other.post(f"/pool/desk/{customer.id}/claim", data=token(other, "/pool/"))
    assert again.headers["Location"] == "/pool/desk"
    assert owner(customer) == people.alice.id
    assert browser.post(f"/pool/desk/{customer.id}/return", data=data).status_code == 303
    assert owner(customer) is None
    assert as_(people.erin).get("/pool/desk").status_code == 404
    assert "No pool for you" in as_(people.erin).get("/pool/").get_data(as_text=True)
