"""A form that comes twice is taken once: after a double click, a dropped connection, a reload."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal import clock, receipts, records
from portal.extensions import db
from portal.receipts import Receipt
from tests.records.test_races import together


@pytest.fixture(autouse=True)
def plain(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


def customers() -> list[int]:
    return list(db.session.scalars(sa.select(records.tables.table_of("customer").c.id)))


def key_of(page: str) -> str:
    return re.search(r'name="_once" value="([\w-]{16,64})"', page)[1]


def test_the_same_form_makes_one_record_and_leads_to_it(people, as_) -> None:
    client = as_(people.alice)
    form = {"name": "上海锦程", "_once": key_of(client.get("/customers/new").text)}
    first, second = (client.post("/customers/new", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert "It was not saved twice" in client.get(second.location).text
    assert len(customers()) == 1


def test_other_words_under_the_same_key_are_another_record(people, as_) -> None:
    client = as_(people.alice)
    key = key_of(client.get("/customers/new").text)
    for name in ("上海锦程", "杭州锦程"):
        assert client.post("/customers/new", data={"name": name, "_once": key}).status_code == 303
    assert len(customers()) == 2


def test_a_refused_form_keeps_its_key_and_can_be_sent_again(people, as_) -> None:
    client = as_(people.alice)
    key = key_of(client.get("/customers/new").text)
    for _ in range(2):
        answer = client.post("/customers/new", data={"name": "", "_once": key})
        assert answer.status_code == 422 and key_of(answer.text) == key
    assert db.session.scalars(sa.select(Receipt)).all() == []
    assert client.post("/customers/new", data={"name": "华信", "_once": key}).status_code == 303


def test_the_key_of_one_is_nothing_to_another(people, as_) -> None:
    form = {"name": "华信", "_once": "a-key-of-sixteen"}
    locations = {as_(person).post("/customers/new", data=form).location for person in (people.alice, people.dora)}
    assert len(locations) == 2 == len(customers())


def test_an_edit_sent_again_is_no_conflict_with_oneself(people, as_, make) -> None:
    record = make("customer", by=people.alice, name="华信")
    client, there = as_(people.alice), f"/customers/{record.id}/edit"
    page = client.get(there).text
    form = {"name": "华信通达", "version": record.version, "_once": key_of(page)}
    assert [client.post(there, data=form).status_code for _ in range(2)] == [303, 303]
    assert records.fetch("customer", record.id, people.alice).version == record.version + 1


def test_a_double_click_makes_one_record(app, people, as_) -> None:
    clients = [as_(people.alice) for _ in range(4)]
    form = {"name": "华信", "_once": "a-key-of-sixteen"}
    answers = together(app, [lambda one=one: one.post("/customers/new", data=form) for one in clients])
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1 == len(customers())


def test_receipts_are_forgotten_when_they_are_old(app) -> None:
    for days in (1, 3):
        db.session.add(Receipt(mark=str(days), at=clock.now() - timedelta(days=days)))
    db.session.commit()
    over = db.session.scalars(sa.select(Receipt.mark).where(receipts.over(clock.now() - timedelta(days=2))))
    assert list(over) == ["3"]
