"""Tiers say why, in numbers for those who may see them, and preview a draft without writing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock, records, schema
from portal.events import Event
from portal.extensions import db
from portal.rules import tier_timeline, tier_view
from portal.rules.tiers import TierMove
from portal.schema.nouns import TierNoun
from portal.security import SYSTEM


@pytest.fixture
def customers(app: Any, people: Any, make: Any) -> dict[str, Any]:
    """One customer of alice's per level, and one of charlie's."""
    spent = {"vip": ("60000", "60000"), "key": ("120000",), "standard": ()}
    made = {}
    for name, amounts in spent.items():
        made[name] = make("customer", name=name, owner=people.alice.id)
        for day, amount in enumerate(amounts):
            ordered_on = clock.today() - timedelta(days=day)
            make("order", number=f"{name}{day}", customer=made[name].id, ordered_on=ordered_on, amount=amount)
    made["far"] = make("customer", name="far", owner=people.charlie.id)
    return made


def tier() -> Any:
    return schema.current().tiers["customer_tier"]


def test_why_names_each_criterion_with_the_records_values(customers: dict[str, Any], people: Any) -> None:
    record = records.fetch("customer", customers["key"].id, people.alice)
    vip, key, standard = tier_view.why(tier(), record)
    assert (vip.met, key.met, standard.met) == (False, True, True)
    assert (vip.held, key.held, standard.held) == (False, True, False)
    spend, rate = vip.criteria
    assert (spend.met, rate.met) == (True, False)
    assert spend.values[0][1] == "¥120,000.00"
    assert rate.values[0][1] == "0%"
    assert "100,000" in spend.sentence


def test_figures_count_what_the_viewer_may_see(customers: dict[str, Any], people: Any) -> None:
    mine = {figure.key: figure.number for figure in tier_view.figures(tier(), people.alice)}
    assert mine == {"vip": 1, "key": 1, "standard": 1}
    theirs = {figure.key: figure.number for figure in tier_view.figures(tier(), people.charlie)}
    assert theirs == {"vip": 0, "key": 0, "standard": 1}
    vip = tier_view.figures(tier(), people.alice)[0]
    assert vip.share == Decimal(1) / 3
    assert vip.level.share == Decimal("0.05")


def test_preview_moves_nothing(customers: dict[str, Any]) -> None:
    draft = {
        "tier": "customer_tier",
        "label": "Tier",
        "on": "customer",
        "field": "tier",
        "levels": {
            "vip": {"label": "VIP", "when": {"annual_spend": {"gte": 50000}}},
            "standard": {"label": "Standard", "otherwise": True},
        },
    }
    noun = TierNoun.model_validate(draft, context={"entities": schema.current().entities, "subject": "customer"})
    matrix = {(move.before, move.after): move.number for move in tier_view.preview(noun)}
    assert matrix == {("vip", "vip"): 1, ("key", "vip"): 1, ("standard", "standard"): 2}
    offices = tier_view.preview(noun, by="office")
    assert sum(move.number for move in offices) == 4
    assert len({move.group for move in offices}) == 2
    assert records.fetch("customer", customers["key"].id, SYSTEM)["tier"] == "key"


def test_a_move_is_kept_told_and_on_the_timeline(customers: dict[str, Any], people: Any) -> None:
    kept = sa.select(TierMove).where(TierMove.record_id == customers["key"].id).order_by(TierMove.id)
    found = db.session.scalars(kept).all()
    assert [(move.before, move.after, move.cause) for move in found] == [
        (None, "standard", "change"),
        ("standard", "key", "change"),
    ]
    told = db.session.scalars(sa.select(Event).where(Event.kind == "tier.moved").order_by(Event.id)).all()
    assert {event.record_id for event in told} == {customers["key"].id, customers["vip"].id}
    assert told[0].data["changes"] == {"tier": ["standard", "vip"]}
    record = records.fetch("customer", customers["key"].id, people.alice)
    moves = records.timeline.entries(record, people.alice, kinds={tier_timeline.KIND})
    assert len(moves) == 1
    assert moves[0] in records.timeline.entries(record, people.alice)


def test_a_computed_write_leaves_the_version_alone(customers: dict[str, Any]) -> None:
    assert records.fetch("customer", customers["vip"].id, SYSTEM).version == 1
