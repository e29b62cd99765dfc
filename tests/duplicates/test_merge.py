"""Merging carries everything over; undoing it leaves the database as it was."""

from itertools import count

import pytest
import sqlalchemy as sa
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from portal import audit, records, rules
from portal.campaigns.models import Campaign, Delivery
from portal.duplicates import merging, parting, queue
from portal.duplicates.models import MERGED, OPEN, DuplicatePair
from portal.errors import Forbidden, Invalid, NotFound
from portal.events import Event
from portal.extensions import db
from portal.records import tables
from portal.security import SYSTEM
from tests.duplicates.snapshot import differing, snapshot


def pair_of(one, other, points: int = 120) -> DuplicatePair:
    first, second = sorted((one.id, other.id))
    pair = DuplicatePair(
        entity=one.entity.key, first_id=first, second_id=second, points=points, is_sure=True, reasons=[[1, 100]],
        state=OPEN, found_at=one["created_at"],
    )  # fmt: skip
    db.session.add(pair)
    db.session.commit()
    return pair


def column(entity: str, key: str, record_id: int):
    table = tables.table_of(entity)
    entity_ = records.tables.entity_of(entity)
    return db.session.scalar(sa.select(table.c[entity_.fields[key].column]).where(table.c.id == record_id))


@pytest.fixture
def world(make, people):
    """Two customers that are one, with everything that can hang on the second."""

    class World:
        one = make("customer", by=people.alice, name="瑞祥机械", phone="13800138000", tags=["决策人"])
        two = make(
            "customer", by=people.alice, name="苏州瑞祥机械有限公司", phone="13800138000", city="苏州", tags=["老客户"],
            external_id="K-2", credit_code="91350100M000100Y43", email="a@ruixiang.cn",
        )  # fmt: skip
        below = make("customer", by=people.alice, name="瑞祥吴江", parent_company=two.id)
        contact = make("contact", by=people.alice, name="王磊", customer=two.id)
        order = make("order", by=people.admin, number="D-1", customer=two.id, ordered_on="2026-01-05", amount="1200")
        task = make("task", by=people.alice, customer=two.id, title="回访", due_on="2026-02-01")
        follow_up = make("follow_up", by=people.alice, customer=two.id, summary="谈了报价", at="2026-01-06 10:00")
        ticket = make("ticket", by=people.admin, customer=two.id, subject="机器不转")

    campaign = Campaign(name="春", entity="customer")
    db.session.add(campaign)
    db.session.flush()
    db.session.add(Delivery(campaign_id=campaign.id, record_id=World.two.id, address="a@ruixiang.cn", state="sent"))
    World.pair = pair_of(World.one, World.two)
    return World


def test_everything_goes_over_and_the_loser_points_at_the_survivor(world, people) -> None:
    found = merging.merge("customer", world.one.id, world.two.id, by=people.alice)
    survivor = records.fetch("customer", world.one.id, people.alice)
    assert (survivor["name"], survivor["city"], survivor["external_id"]) == ("瑞祥机械", "苏州", "K-2")
    assert survivor["credit_code"] == "91350100M000100Y43"
    assert set(survivor["tags"]) == {"决策人", "老客户"}
    assert column("customer", "parent_company", world.below.id) == world.one.id
    for entity, record in (
        ("contact", world.contact),
        ("order", world.order),
        ("task", world.task),
        ("follow_up", world.follow_up),
        ("ticket", world.ticket),
    ):
        assert column(entity, "customer", record.id) == world.one.id, entity
    assert db.session.scalars(sa.select(Delivery.record_id)).all() == [world.one.id]
    assert records.fetch("customer", world.two.id, people.alice).is_archived
    assert merging.survivors("customer", [world.two.id, world.one.id]) == {world.two.id: world.one.id}
    assert db.session.get(DuplicatePair, world.pair.id).state == MERGED
    for record in (world.one, world.two):
        lines = db.session.scalars(audit.lines(entity="customer", record_id=record.id, action="record.merged")).all()
        assert [(line.by_id, line.data["merge"]) for line in lines] == [(people.alice.id, found.id)]
        told = sa.select(Event.id).where(Event.kind == "record.merged", Event.record_id == record.id)
        assert len(db.session.scalars(told).all()) == 1
    assert "王磊" in str(records.search("contact", people.alice, text="王磊").records[0].title)


def test_undone_it_is_as_it_was(world, people) -> None:
    rules.metrics.recompute()
    rules.nightly.recompute()  # finds the pair that was put into the queue by hand
    before = snapshot()
    found = merging.merge("customer", world.one.id, world.two.id, by=people.alice)
    db.session.commit()
    assert differing(before, snapshot())
    undone = parting.part(found.id, by=people.alice)
    assert undone.left == []
    assert differing(before, snapshot()) == {}
    with pytest.raises(Invalid):
        parting.part(found.id, by=people.alice)


def test_what_somebody_changed_since_is_listed_and_left(world, people, make) -> None:
    found = merging.merge("customer", world.one.id, world.two.id, by=people.alice)
    other = make("customer", by=people.alice, name="别家")
    records.save(records.fetch("customer", world.one.id, people.alice), {"city": "无锡"}, by=people.alice)
    records.save(records.fetch("order", world.order.id, SYSTEM), {"customer": other.id}, by=SYSTEM)
    left = parting.part(found.id, by=people.alice).left
    assert {"entity": "customer", "record": world.one.id, "field": "city"} in left
    assert {"entity": "order", "record": world.order.id, "field": "customer"} in left
    assert len(left) == 2
    assert records.fetch("customer", world.one.id, people.alice)["city"] == "无锡"
    assert column("order", "customer", world.order.id) == other.id
    assert column("contact", "customer", world.contact.id) == world.two.id
    assert records.fetch("customer", world.two.id, people.alice)["external_id"] == "K-2"


def test_one_chooses_the_value_of_each_field(world, people) -> None:
    sides = {"name": merging.THEIRS, "tags": merging.MINE}
    merging.merge("customer", world.one.id, world.two.id, by=people.alice, sides=sides)
    survivor = records.fetch("customer", world.one.id, people.alice)
    assert survivor["name"] == "苏州瑞祥机械有限公司"
    assert list(survivor["tags"]) == ["决策人"]
    with pytest.raises(Invalid):
        merging.merge("customer", world.one.id, world.below.id, by=people.alice, sides={"annual_spend": "theirs"})


def test_only_who_may_edit_both_may_merge_and_part(world, people, make) -> None:
    with pytest.raises(NotFound):
        merging.merge("customer", world.one.id, world.two.id, by=people.charlie)
    bobs = make("customer", by=people.bob, name="瑞祥机械")
    with pytest.raises(Forbidden):
        merging.merge("customer", world.one.id, bobs.id, by=people.alice)
    with pytest.raises(Forbidden):
        merging.merge("customer", bobs.id, world.one.id, by=people.alice)
    with pytest.raises(NotFound):
        queue.keep_apart(world.pair.id, by=people.charlie)
    found = merging.merge("customer", world.one.id, world.two.id, by=people.alice)
    with pytest.raises(Forbidden):
        parting.part(found.id, by=people.bob)
    with pytest.raises(NotFound):
        parting.part(found.id, by=people.charlie)


def test_a_record_does_not_come_to_point_at_itself(people, make) -> None:
    two = make("customer", by=people.alice, name="乙")
    one = make("customer", by=people.alice, name="甲", parent_company=two.id)
    found = merging.merge("customer", one.id, two.id, by=people.alice)
    assert column("customer", "parent_company", one.id) is None
    parting.part(found.id, by=people.alice)
    assert column("customer", "parent_company", one.id) == two.id


numbers = count(2)
TEXTS = st.sampled_from([None, "甲", "乙"])
CUSTOMER = st.fixed_dictionaries(
    {
        "short_name": TEXTS,
        "city": TEXTS,
        "industry": st.sampled_from([None, "it", "retail"]),
        "tags": st.sampled_from([None, ["决策人"], ["决策人", "老客户"]]),
        "employees": st.sampled_from([None, 5]),
    }
)


@given(one=CUSTOMER, two=CUSTOMER, orders=st.integers(0, 2), points_at=st.booleans())
@example(one={"tags": ["决策人"], "city": "甲"}, two={"city": "乙"}, orders=2, points_at=True)  # a rule sets a tag
@settings(max_examples=2, phases=[Phase.explicit, Phase.generate])
def test_merging_and_undoing_leaves_equal_rows(people, make, one, two, orders, points_at) -> None:
    mine = make("customer", by=people.alice, name="瑞祥", **one)
    theirs = make("customer", by=people.alice, name="瑞祥", **two)
    product = make("product", name="轴承")
    records.save(theirs, {"interests": [product.id]}, by=people.alice)
    for _number in range(orders):
        make(
            "order",
            by=people.admin,
            number=f"D-{next(numbers)}",
            customer=theirs.id,
            ordered_on="2026-01-05",
            amount="10",
        )
    if points_at:
        records.save(records.fetch("customer", mine.id, SYSTEM), {"parent_company": theirs.id}, by=people.alice)
    rules.metrics.recompute()
    rules.nightly.recompute()  # finds the pair that was put into the queue by hand
    before = snapshot()
    parting.part(merging.merge("customer", mine.id, theirs.id, by=people.alice).id, by=people.alice)
    assert differing(before, snapshot()) == {}
