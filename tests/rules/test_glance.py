"""What rules see of a few records in Python is what a pass over all sees in SQL."""

import random
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal import clock, schema
from portal.extensions import db
from portal.records import tables
from portal.rules import tiers
from portal.rules.glance import Glance
from portal.rules.scope import Scope
from portal.rules.scoring import decay
from portal.rules.scoring.settling import points_of
from portal.rules.tags import TagMark
from portal.rules.tags.marks import Disagreement, disagreement, disagreements, marks_of
from portal.rules.tags.setting import of
from portal.security import SYSTEM

CARE = """
tags: care
label: Care
on: customer
values:
  大客户: {when: {employees: {gte: 100}}}
  新近: {when: {any: [{status: active}, {last_order_on: {within: 30 days}}]}, expires: 10 days}
  关注: {when: {credit_rating: {in: [b, c]}}, stays: 5 days}
  其他: {when: {not: {tags: {has: 大客户}}}, stays: 2 days, expires: 3 days}
"""
RECORDS = 60


def stir(dice: random.Random, make: Any) -> list[int]:
    """Customers as chance would have them, with marks at every stage."""
    ids = [make("customer", name=f"客户{number}").id for number in range(RECORDS)]
    now, entity = clock.now(), schema.current().entities["customer"]
    table = tables.table_of("customer")
    moments = [
        None,
        now - timedelta(days=400),
        now - timedelta(days=4),
        now - timedelta(hours=1),
        now + timedelta(days=4),
    ]
    asked = ("employees", "status", "credit_rating", "tags", "last_order_on", "annual_spend", "repurchase_rate")
    db.session.execute(sa.delete(TagMark))
    rules = list(of("customer"))
    for id_ in ids:
        values = {entity.fields[key].column: _drawn(dice, entity.fields[key]) for key in asked}
        db.session.execute(sa.update(table).where(table.c.id == id_).values(values))
        for rule in dice.sample(rules, dice.randrange(len(rules) + 1)):
            drawn = {name: dice.choice(moments) for name in ("failed_at", "expires_at", "ended_at")}
            mark = {"group": rule.group.key, "entity": "customer", "record_id": id_, "field": rule.group.field}
            db.session.add(TagMark(**mark, tag=rule.key, since=now - timedelta(days=500), **drawn))
    db.session.commit()
    return ids


def _drawn(dice: random.Random, field: Any) -> Any:
    return None if dice.random() < 0.2 else field.type.parse(field.type.sample(dice))


def test_both_faces_agree(app: Any, people: Any, make: Any, dice: random.Random) -> None:
    schema.releases.publish_document("tags/care.yml", CARE, by=SYSTEM, note="test")
    ids, now, catalog = stir(dice, make), clock.now(), schema.current()
    glance = Glance("customer", ids)
    seen = {values["id"]: values for values in glance.rows}
    assert set(seen) == set(ids)
    marks = marks_of("customer", ids)
    for rule in of("customer"):
        by_set = {
            row.id: Disagreement(*row) for row in db.session.execute(disagreements(rule, catalog, Scope.of(ids), now))
        }
        one_by_one = {
            id_: found
            for id_, values in seen.items()
            if (found := disagreement(rule, values, marks.get((id_, rule.group.field, rule.key)), now))
        }
        assert one_by_one == by_set, rule.key
    table, entity = tables.table_of("customer"), catalog.entities["customer"]
    for tier in tiers.of("customer"):
        due = sa.select(table.c.id, tiers.level_of(tier, tables.Columns.of(entity, table), now)).where(
            table.c.id.in_(ids)
        )
        levels = {id_: tier.outcome(values, now) for id_, values in seen.items()}
        assert levels == dict(db.session.execute(due).all()), tier.key
    for noun in catalog.scoring.values():
        points = decay.rounded_of(points_of(noun, table, now))
        scores = {id_: noun.outcome(values, now) for id_, values in seen.items()}
        found = dict(db.session.execute(sa.select(table.c.id, points).where(table.c.id.in_(ids))).all())
        assert scores == found, noun.key
