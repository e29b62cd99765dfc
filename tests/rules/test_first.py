"""First levels and scores come with the row itself: what Python says is what SQL says of the row on both engines."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import clock, records, schema
from portal.audit import AuditLine
from portal.events import Event
from portal.extensions import db, transaction
from portal.rules import quality, scoring, tiers
from portal.rules.scope import Scope
from portal.rules.tiers import TierMove
from portal.security import SYSTEM
from tests.rules.stage import settle

GRADE = """
tier: grade
label: Grade
on: customer
field: grade
levels:
  a: {label: A, when: {any: [{heat: {gte: 20}}, {all: [{city: [上海, 杭州]}, {not: {tags: {has: 决策人}}}]}]}}
  b: {label: B, when: {employees: {gte: 100}, annual_spend: {empty: true}, created_at: {newer_than: 1 day}}}
  c: {label: C, when: {last_contact_on: {older_than: 30 days}, name: {contains: 一}}}
  d: {label: D, otherwise: true}
"""
HEAT = """
scoring: heat
label: Heat
on: customer
field: heat
band: heat_band
points:
  - {points: 20, label: Big, when: {employees: {gte: 500}}}
  - {points: -50, label: Lost, when: {status: lost}}
behaviour:
  - {points: 40, label: Clicks, event: mail_clicked}
bands:
  hot: {label: Hot, at_least: 20}
  cold: {label: Cold, otherwise: true}
"""


@pytest.fixture
def rules(app: Any, people: Any, travel: Any) -> None:
    """A tier that asks for nearly everything, a score among it."""
    for path, text in (("scoring/heat.yml", HEAT), ("tiers/grade.yml", GRADE)):
        schema.releases.publish_document(path, text, by=SYSTEM, note="test")
    settle()


days = st.none() | st.integers(0, 60).map(lambda age: clock.today() - timedelta(days=age))
rows_of = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["一", "二一", "三"]),
        "city": st.sampled_from([None, "上海", "杭州", "成都"]),
        "employees": st.none() | st.integers(0, 1000),
        "status": st.sampled_from(["active", "lost", "prospect"]),
        "last_contact_on": days,
        "tags": st.none() | st.just(("决策人",)),
    }
)


@settings(max_examples=15)
@given(many=st.lists(rows_of, min_size=1, max_size=4))
def test_python_and_sql_say_the_same(rules: None, many: list[dict[str, Any]]) -> None:
    ids, spoken = made(many)
    updates = [line for line in spoken if line.startswith("UPDATE record_customer SET")]
    moved = [line for line in updates if "grade" in line or "tier" in line]
    assert moved == []
    assert disagreeing(ids) == []
    table, entity = records.tables.table_of("customer"), schema.current().entities["customer"]
    levels = sa.select(table.c.id, *(records.tables.column(table, entity, key) for key in ("grade", "tier")))
    held = {id_: {"grade": grade, "customer_tier": tier} for id_, grade, tier in db.session.execute(levels)}
    moves = db.session.scalars(sa.select(TierMove).where(TierMove.record_id.in_(ids))).all()
    told = sorted((move.record_id, move.tier, move.before, move.after, move.cause) for move in moves)
    assert told == sorted((id_, key, None, level, "change") for id_ in ids for key, level in held[id_].items())


def made(many: list[dict[str, Any]]) -> tuple[list[int], list[str]]:
    """Make records, one alone by the form's door, and return their ids and what the database was told."""
    spoken: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        spoken.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    try:
        with transaction():
            if len(many) == 1:
                ids = [records.save(records.new("customer", SYSTEM), many[0], by=SYSTEM).id]
            else:
                ids = records.bulk.save_many("customer", many, by=SYSTEM).ids
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", hear)
    return [id_ for id_ in ids if id_ is not None], spoken


def disagreeing(ids: list[int]) -> list[Any]:
    """Records on which the statements would still change something."""
    with transaction():
        catalog, scope = schema.current(), Scope.of(ids)
        moving = [
            row for tier in catalog.tiers.values() for row in db.session.execute(tiers.Change.of(tier, scope).rows)
        ]
        return moving + [noun.key for noun in catalog.scoring.values() if scoring.evaluate(noun, scope)]


def test_the_history_of_a_first_level_is_what_it_was(rules: None, make: Any) -> None:
    customer = make("customer", name="大", employees=600)
    assert (customer["grade"], customer["heat"], customer["heat_band"], customer.version) == ("a", 20, "hot", 1)
    line = db.session.scalars(sa.select(AuditLine).where(AuditLine.action == "record.created")).one()
    assert not {"grade", "heat", "tier"} & set((line.data or {})["changes"])
    assert db.session.scalars(sa.select(Event.kind).where(Event.kind.in_(("tier.moved", "score.moved")))).all() == []


def test_a_tier_that_asks_for_the_number_is_left_to_the_statement(rules: None, make: Any) -> None:
    text = GRADE.replace("a: {label: A, when: {", "a: {label: A, when: {id: {gte: 1}, ", 1)
    schema.releases.publish_document("tiers/grade.yml", text, by=SYSTEM, note="test")
    settle()
    customer = make("customer", name="大", employees=600)
    assert records.fetch("customer", customer.id, SYSTEM)["grade"] == "a"
    assert db.session.scalars(sa.select(TierMove.after).where(TierMove.tier == "grade")).all() == ["a"]


def test_many_rows_come_right_and_are_not_worked_out_again(rules: None) -> None:
    cities, states = ("上海", "成都"), ("active", "lost")
    many = [
        {"name": f"甲{n}", "city": cities[n % 2], "status": states[n % 3 % 2], "employees": n * 40} for n in range(30)
    ]
    ids, spoken = made(many)
    assert not [line for line in spoken if "due.score" in line]
    assert disagreeing(ids) == []
    catalog = schema.current()
    with transaction():
        assert [noun.key for noun in catalog.quality.values() if quality.evaluate(noun, Scope.of(ids))] == []


def test_a_level_that_somebody_gave_is_put_right(rules: None) -> None:
    many = [{"name": f"甲{n}", "employees": 600, "grade": "d"} for n in range(30)]
    ids, _ = made(many)
    table, column = records.tables.table_of("customer"), schema.current().entities["customer"].fields["grade"].column
    assert set(db.session.scalars(sa.select(table.c[column]).where(table.c.id.in_(ids)))) == {"a"}
    assert disagreeing(ids) == []
