"""Encrypted fields: what stands in the database, and what people still do with it."""

import json

import pytest
import sqlalchemy as sa

from portal import audit, records, vault
from portal.errors import Invalid
from portal.events import Event
from portal.extensions import db
from portal.records.tables import table_of
from portal.records.token_index import SearchEntry
from portal.schema import conditions
from portal.security import SYSTEM
from tests.records.sealed import CARD, OTHER, raw, with_sealed

PHONE = "+8613800138000"


@pytest.fixture
def entity(app):
    return with_sealed()


def ask(entity, test):
    condition = conditions.parse(test, entity)
    return [record.id for record in records.search("customer", SYSTEM, condition=condition)]


def test_what_is_stored_is_sealed_and_found_by_what_it_is(entity, make, engine_name):
    one = make("customer", name="A", card=CARD, mobile="138 0013 8000", private="x").id
    two = make("customer", name="B", card=OTHER, mobile="138 0013 8000").id
    column = entity.fields["card"].column
    cards, mobiles = raw(column), raw(entity.fields["mobile"].column)
    assert len({*cards, *mobiles}) == 4  # another text each time
    assert mobiles[0][:23] == mobiles[1][:23] and cards[0][:23] != cards[1][:23]  # equal ones are found by their mark
    assert not any(CARD in text or PHONE in text for text in [*cards, *mobiles])
    found = records.fetch("customer", one, SYSTEM)
    assert (found["card"], found["mobile"], found["private"]) == (CARD, PHONE, "x")
    assert [record["mobile"] for record in records.search("customer", SYSTEM, sort=["name"])] == [PHONE, PHONE]
    assert ask(entity, {"card": CARD}) == [one]
    assert ask(entity, {"card": [CARD, OTHER]}) == [two, one]
    assert ask(entity, {"card": {"ne": CARD}}) == [two]
    assert ask(entity, {"card": {"not_in": [OTHER]}}) == [one]
    assert ask(entity, {"private": {"empty": True}}) == [two]
    assert ask(entity, {"not": {"private": "x"}}) == [two]
    assert f"{column}_sealed" in plan_of(entity, {"card": CARD}, engine_name)
    other = f"(SELECT {column} FROM record_customer WHERE id = {one})"
    db.session.execute(sa.text(f"UPDATE record_customer SET {column} = {other} WHERE id = {two}"))
    assert records.fetch("customer", one, SYSTEM)["card"] == CARD
    with pytest.raises(vault.Unreadable):  # a value opens at its own place only
        records.fetch("customer", two, SYSTEM)


def plan_of(entity, test, engine_name):
    """How the engine looks for it."""
    asked = conditions.parse(test, entity).where(records.selection.by_key(entity), None)
    select = sa.select(table_of("customer").c.id).where(asked)
    word = "EXPLAIN QUERY PLAN " if engine_name == "sqlite" else "EXPLAIN "
    if engine_name == "postgresql":
        db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    said = select.compile(db.session.connection(), compile_kwargs={"literal_binds": True})
    return " ".join(str(row) for row in db.session.execute(sa.text(word + str(said).replace(":", r"\:"))))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_needs_the_value_in_sql_is_refused(entity, make):
    for operator in ("contains", "starts"):
        with pytest.raises(conditions.ConditionError):
            conditions.parse({"mobile": {operator: "138"}}, entity)
    with pytest.raises(Invalid):
        records.search("customer", SYSTEM, sort=["card"])
    column = table_of("customer").c[entity.fields["card"].column]
    for question in (column.contains, column.__lt__, column.startswith):
        with pytest.raises(TypeError):
            question("1")
    with pytest.raises(sa.exc.StatementError):
        db.session.execute(sa.update(table_of("customer")).values({column.name: "plain"}))
    one = make("customer", name="A", card=CARD)
    with pytest.raises(Invalid) as refused:
        make("customer", name="B", card="110105 19491231 002x")
    assert "card" in refused.value.problems  # unique
    records.save(one, {"private": "y"}, by=SYSTEM)


def test_the_search_finds_the_whole_and_the_tail_and_keeps_neither(entity, make):
    one = make("customer", name="张三", card=CARD, mobile=PHONE).id
    make("customer", name="李四", card=OTHER, mobile="13900139001")
    for text in ("13800138000", "138 0013 8000", "8000", CARD, CARD.lower(), "002X", "张三 8000"):
        assert [hit.id for hit in records.finder.find(text, SYSTEM)] == [one], text
        assert [record.id for record in records.search("customer", SYSTEM, text=text)] == [one], text
    for text in ("13800", "0138000", "110105", "1949"):
        assert records.finder.find(text, SYSTEM) == [], text
    (hit,) = records.finder.find("8000", SYSTEM)
    assert "".join(piece.text for piece in hit.detail) == "138 0013 8000"
    kept = " ".join(str(text) for text in db.session.scalars(sa.select(sa.cast(SearchEntry.tokens, sa.Text))))
    assert "张三" in kept and not any(part in kept for part in ("13800138000", "11010519491231002"))
    assert not {"8000", "002x"} & {token.rpartition("!")[2] for token in kept.split()}


def test_history_and_undoing_tell_what_the_log_does_not_hold(entity, make):
    one = make("customer", name="A", card=CARD, mobile=PHONE)
    changed = records.save(one, {"card": OTHER}, by=SYSTEM)
    told = {
        (change.action, change.field.key): (change.before, change.after)
        for change in records.history(changed, SYSTEM)
        if change.field
    }
    assert told["record.changed", "card"] == (CARD, OTHER)
    assert told["record.created", "mobile"] == ("", "138 0013 8000")
    data = json.dumps([line.data for line in db.session.scalars(audit.lines(entity="customer"))])
    events = json.dumps([event.data for event in db.session.scalars(sa.select(Event))])
    assert not any(value in text for value in (CARD, OTHER, "13800138000") for text in (data, events))
    (line,) = db.session.scalars(audit.lines(entity="customer", action="record.changed"))
    back = records.bring_back(changed, line.id, "card", by=SYSTEM, version=changed.version)
    assert back["card"] == CARD
    rows = [{"name": f"C{n}", "private": f"secret {n}"} for n in range(5)]
    again = {"name": "D", "card": CARD}
    saved = records.bulk.save_many("customer", [*rows, again], by=SYSTEM, cause={"import": 1})
    made = saved.ids[:5]
    assert list(saved.problems) == [5]  # unique
    many = [{"id": id_, "private": f"other {n}"} for n, id_ in enumerate(made)]
    records.bulk.save_many("customer", many, by=SYSTEM, cause={"import": 2})
    assert private() == {f"other {n}" for n in range(5)}
    since = min(line.at for line in db.session.scalars(audit.lines(entity="customer")))
    cause = records.reversal.Cause("import", 2, since)
    assert records.reversal.take_back("customer", made, cause, by=SYSTEM).restored == sorted(made)
    assert private() == {f"secret {n}" for n in range(5)}


def private():
    return {record["private"] for record in records.search("customer", SYSTEM)} - {None}
