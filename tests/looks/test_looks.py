"""Every door that shows a guarded field leaves who saw it; what is masked leaves nothing."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import time_machine
from flask import current_app

from portal import clock, jobs, records, schema
from portal.blueprints.records import related
from portal.extensions import db, transaction
from portal.looks import Look, Questions, Sight
from portal.looks.ledger import Ledger
from portal.looks.model import ids_of, places
from portal.rules.workflows import WorkflowRun
from portal.security import Person
from tests.rules import stage


@pytest.fixture
def two(people, make) -> SimpleNamespace:
    """A customer of Alice's with a contact."""
    customer = make("customer", by=people.alice, name="看望公司", phone="13800000001", email="seen@kehu.example")
    contact = make("contact", by=people.alice, name="王看", customer=customer.id, phone="13900000002", wechat="wx_seen")
    db.session.commit()
    return SimpleNamespace(customer=customer, contact=contact)


def seen(record, **bounds) -> dict[tuple[int, str], set[str]]:
    """Fields by person and door."""
    found: dict[tuple[int, str], set[str]] = {}
    for one in Questions(**bounds).who_saw({record.entity.key: [record.id]}):
        found.setdefault((one.person_id, one.door), set()).update(one.fields)
    db.session.rollback()
    return found


def test_a_record_page_tells_who_saw_which_fields(people, as_, two) -> None:
    as_(people.alice).get(f"/customers/{two.customer.id}")
    assert seen(two.customer) == {(people.alice.id, "records.show"): {"phone", "email"}}
    as_(people.mary).get(f"/customers/{two.customer.id}")  # who reads phone and e-mail as masks
    assert (people.mary.id, "records.show") not in seen(two.customer)


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("address", "door", "kind", "fields"),
    [
        ("/contacts", "records.index", "contact", {"name", "phone"}),
        ("/search?q=王看", "home.search", "contact", {"name"}),
        ("/choices/contact?q=王", "records.choices", "contact", {"name"}),
        ("/customers/{customer}?tab=contact", "records.show", "contact", {"name", "phone"}),
        ("/contacts/{contact}/edit", "records.edit", "contact", {"name", "phone", "wechat"}),
        ("/contacts/{contact}/history", "records.history", "contact", {"name", "phone", "wechat"}),
        ("/contacts/{contact}/cells/phone", "records.cell", "contact", {"phone"}),
    ],
)
def test_each_door_leaves_its_name(people, as_, two, address, door, kind, fields) -> None:
    ids = {"customer": two.customer.id, "contact": two.contact.id}
    assert as_(people.alice).get(address.format(**ids)).status_code == 200
    found = seen(getattr(two, kind))
    assert found.keys() == {(people.alice.id, door)} and fields <= found[people.alice.id, door]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_list_of_runs_tells_what_their_records_are_called(people, as_, two) -> None:
    workflow = next(noun.key for noun in schema.current().workflows.values())
    run = WorkflowRun(workflow=workflow, entity="contact", record_id=two.contact.id, release=1, cause="clock")
    db.session.add(run)
    steps = "[{notify: {to: owner, text: Look}}]"
    stage.publish("heard", f"workflow: heard\nlabel: Heard\non: contact\ntrigger: {{event: created}}\nsteps: {steps}\n")
    assert "王看" in as_(people.alice).get("/workflows/runs").text
    assert seen(two.contact) == {(people.alice.id, "workflows.runs"): {"name"}}


@pytest.mark.parametrize(("form", "engine_name"), [("csv", "sqlite"), ("xlsx", "postgresql")])
def test_an_export_is_kept_in_few_rows_and_told_exactly(app, people, as_, form) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    with transaction():
        saved = records.bulk.save_many(
            "customer", [{"name": f"出口{at}", "phone": f"138{at:08}"} for at in range(1300)], by=people.alice
        )
    db.session.commit()
    client = as_(people.alice)
    answer = client.post("/exports/", data={"entity": "customer", "query": "columns=name,phone", "format": form})
    assert answer.status_code == 200
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Look)) <= 1300 / 64 + 2
    who = Questions().who_saw({"customer": [saved.ids[777]]})
    assert [(one.person_id, one.door, one.fields) for one in who] == [(people.alice.id, "exports.create", ("phone",))]
    assert Questions().who_saw({"customer": [saved.ids[-1] + 1]}) == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_request_that_fails_after_reading_is_kept(app, people, as_, two, monkeypatch) -> None:
    def fail(*args: object, **more: object) -> str:
        records.fetch("customer", two.customer.id, people.alice).text("phone")
        raise RuntimeError("after reading")

    monkeypatch.setattr(related, "tabs", fail)
    assert as_(people.alice).get(f"/customers/{two.customer.id}").status_code == 500
    assert seen(two.customer) == {(people.alice.id, "records.show"): {"phone"}}


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_looking_again_adds_nothing_for_five_minutes(people, as_, two) -> None:
    client, start = as_(people.alice), clock.now()
    for minutes in (0, 3, 6):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            client.get(f"/customers/{two.customer.id}")
    (one,) = Questions().who_saw({"customer": [two.customer.id]})
    assert one.times == 2


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_a_job_shows_is_kept(people, two) -> None:
    alice = people.alice.id

    def look(work: jobs.Work) -> None:
        records.fetch("contact", two.contact.id, db.session.get_one(Person, alice)).text("wechat")

    jobs.register("test.look", look, "test")
    with transaction():
        job = jobs.enqueue("test.look")
    jobs.run_now(job.id)
    assert seen(two.contact) == {(alice, "test.look"): {"wechat"}}


def test_a_page_takes_one_statement_more(people, as_, two) -> None:
    client, spoken = as_(people.alice), []
    client.get("/contacts")  # which sights there are is known from now on
    current_app.extensions["looks_standing"].clear()

    def hear(connection, cursor, statement, *rest) -> None:
        spoken.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    client.get("/contacts")
    once = [one for one in spoken if " look" in one]
    client.get("/contacts")
    sa.event.remove(db.engine, "before_cursor_execute", hear)
    assert len(once) == 1 and once[0].startswith("INSERT INTO look ")
    assert [one for one in spoken if " look" in one] == once  # what stands is not written again


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_the_database_did_not_take_is_written_next(people, as_, two, monkeypatch) -> None:
    def away(wanted: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("locked"))

    with monkeypatch.context() as broken:
        broken.setitem(Ledger.write.__globals__, "_sights", away)
        assert as_(people.alice).get(f"/customers/{two.customer.id}").status_code == 200
    assert seen(two.customer) == {}
    as_(people.alice).get(f"/contacts/{two.contact.id}")
    assert (people.alice.id, "records.show") in seen(two.customer)


def test_what_a_person_saw_between_two_moments(people, as_, two) -> None:
    before = clock.now()
    as_(people.alice).get(f"/contacts/{two.contact.id}")
    after = clock.now() + timedelta(seconds=1)
    found = {one.record_ids for one in Questions(before, after).seen_by(people.alice.id) if one.entity == "contact"}
    assert found == {(two.contact.id,)}
    assert list(Questions(after).seen_by(people.alice.id)) == []
    assert list(Questions(before, after).seen_by(people.bob.id)) == []


def test_the_database_keeps_looks_as_they_are(people, as_, two) -> None:
    as_(people.alice).get(f"/customers/{two.customer.id}")
    for statement in (sa.update(Look).values(person_id=1), sa.delete(Look), sa.update(Sight).values(door="x")):
        with pytest.raises(sa.exc.DBAPIError), db.engine.begin() as connection:
            connection.execute(statement)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Look)) > 0


def test_records_are_bits_of_their_block() -> None:
    ids = [0, 1, 63, 64, 127, 128, 10**9]
    assert sorted(id_ for block, bits in places(ids).items() for id_ in ids_of(block, bits)) == ids
    assert all(-(2**63) <= bits < 2**63 for bits in places(ids).values())


def test_a_ledger_of_many_keeps_few_things() -> None:
    ledger = Ledger("door")
    for id_ in range(1, 100_001):
        ledger.note(7, "customer", id_, "phone")
        ledger.note(7, "customer", id_, "email")
    ledger._fold()
    told = list(ledger._told())
    assert len({row[3] for row in told}) == 1563
    assert {row[2][2] for row in told} == {"email", "email,phone", "phone"} or {row[2][2] for row in told} == {
        "email,phone"
    }
