"""What stands above what: no record comes to stand above itself, by whichever door."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from portal import clock, records
from portal.duplicates import merging, parting
from portal.errors import Invalid
from portal.extensions import db, transaction
from portal.records import ranks, reversal
from portal.schema import compiled
from portal.schema.check import check
from portal.security import SYSTEM
from tests.schema.docs import customer, publish, shipped, with_field

MOVED = "本记录是所选记录的上级"


@pytest.fixture
def chain(make):
    """A stands above B, B above C."""
    a = make("customer", name="A")
    b = make("customer", name="B", parent_company=a.id)
    return a, b, make("customer", name="C", parent_company=b.id)


def move(record, above):
    with transaction():
        return records.save(records.fetch("customer", record.id, SYSTEM, "edit"), {"parent_company": above}, by=SYSTEM)


def test_nobody_comes_to_stand_above_itself(chain):
    a, b, c = chain
    for below in (a, b, c):
        with pytest.raises(Invalid):
            move(a, below.id)
    move(c, a.id)
    move(b, c.id)
    assert records.fetch("customer", b.id, SYSTEM)["parent_company"] == c.id


def test_the_rows_of_a_file_are_taken_one_after_the_other(chain):
    a, b, c = chain
    turned = [{"id": a.id, "parent_company": c.id}, {"id": b.id, "parent_company": None}]
    saved = records.bulk.save_many("customer", turned, by=SYSTEM)
    assert MOVED in saved.problems[0]["parent_company"] and saved.updated == {1}
    saved = records.bulk.save_many("customer", turned, by=SYSTEM)
    assert not saved.problems, "B stands free now, so A may go below C"
    move(c, None)
    both = [{"id": b.id, "parent_company": c.id}, {"id": c.id, "parent_company": b.id}]
    saved = records.bulk.save_many("customer", both, by=SYSTEM)
    assert list(saved.problems) == [1] and saved.updated == {0}


def test_there_is_an_end_to_levels(app):
    above = None
    for at in range(ranks.DEEPEST + 1):
        (above,) = records.bulk.save_many("customer", [{"name": f"L{at}", "parent_company": above}], by=SYSTEM).ids
    saved = records.bulk.save_many("customer", [{"name": "too deep", "parent_company": above}], by=SYSTEM)
    assert f"最多 {ranks.DEEPEST} 级" in saved.problems[0]["parent_company"]


def tower(count, above=None):
    """Records that stand one below the other, the highest first."""
    ids = records.bulk.save_many("customer", [{"name": f"T{at}"} for at in range(count)], by=SYSTEM).ids
    below = [{"id": id_, "parent_company": up} for id_, up in zip(ids, [above, *ids], strict=False) if up]
    assert not records.bulk.save_many("customer", below, by=SYSTEM).problems
    return ids


def deepest():
    """How many records stand above one, at most."""
    table = records.tables.table_of("customer")
    column = customer().fields["parent_company"].column
    above = dict(db.session.execute(sa.select(table.c.id, table.c[column])).all())
    return max(sum(1 for _ in climb(above, id_)) for id_ in above)


def climb(above, id_):
    while (id_ := above[id_]) is not None:
        yield id_


def test_what_stands_below_a_record_counts_when_it_moves(app, make):
    high, low = tower(20), tower(12)
    with pytest.raises(Invalid) as refused:
        move(records.fetch("customer", low[0], SYSTEM), high[-1])
    assert "之上有 20 级，其下还有 11 级" in refused.value.problems["parent_company"]
    move(records.fetch("customer", low[0], SYSTEM), high[-2])
    assert deepest() == ranks.DEEPEST
    more = tower(2)
    with pytest.raises(Invalid):
        move(records.fetch("customer", high[0], SYSTEM), more[0])
    assert deepest() == ranks.DEEPEST


def test_rows_that_move_together_are_counted_as_they_move(app, make):
    high, middle, low = tower(15), tower(10), tower(7)
    joined = [{"id": low[0], "parent_company": middle[-1]}, {"id": middle[0], "parent_company": high[-1]}]
    saved = records.bulk.save_many("customer", joined, by=SYSTEM)
    assert list(saved.problems) == [1] and "其下还有 16 级" in saved.problems[1]["parent_company"]
    apart = [{"id": low[0], "parent_company": None}, {"id": middle[0], "parent_company": high[-1]}]
    assert not records.bulk.save_many("customer", apart, by=SYSTEM).problems, "the lowest stand free by then"
    assert deepest() == 24


def test_a_merge_counts_what_it_brings_below_the_survivor(app, make, people):
    high, low = tower(20), tower(12)
    alone, twin = tower(1, high[-1])[0], tower(1)[0]
    move(records.fetch("customer", low[0], SYSTEM), twin)
    with pytest.raises(Invalid) as refused:
        merging.merge("customer", alone, twin, by=people.admin)
    assert "其下还有 12 级" in refused.value.problems["parent_company"]
    assert records.fetch("customer", low[0], SYSTEM)["parent_company"] == twin


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_merging_and_parting_lead_to_no_ring(app, make, people):
    survivor, loser, other = tower(1)[0], *tower(2)
    below = make("customer", name="乙", parent_company=survivor).id
    move(records.fetch("customer", loser, SYSTEM), below)
    merged = merging.merge("customer", survivor, loser, by=people.admin)
    assert records.fetch("customer", survivor, SYSTEM)["parent_company"] is None, "what stands below it is no choice"
    move(records.fetch("customer", below, SYSTEM), other)
    left = parting.part(merged.id, by=people.admin).left
    assert left == [{"entity": "customer", "record": other, "field": "parent_company"}]
    assert deepest() == 3


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_a_deed_moved_does_not_come_back_into_a_ring(app, chain):
    a, b, c = chain
    since = clock.now()
    records.bulk.save_many("customer", [{"id": b.id, "parent_company": None}], by=SYSTEM, cause={"import": 7})
    move(a, c.id)
    found = reversal.take_back("customer", [b.id], reversal.Cause("import", 7, since), by=SYSTEM)
    assert found.kept == {b.id: reversal.Kept("misplaced")} and deepest() == 2


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_field_may_allow_rings_but_never_itself(app, make):
    publish(with_field(shipped(), "spouse: {type: reference, to: customer, rings: true, label: 配偶}"))
    compiled.forget()
    one, other = make("customer", name="甲"), make("customer", name="乙")
    pairs = [{"id": one.id, "spouse": other.id}, {"id": other.id, "spouse": one.id}, {"id": one.id, "spouse": one.id}]
    assert list(records.bulk.save_many("customer", pairs, by=SYSTEM).problems) == [2]
    told = check(with_field(shipped(), "keeper: {type: person, inverse: x, label: x}")).errors
    assert [problem.path for problem in told] == ["fields.keeper.inverse"]


def test_two_at_a_time_make_no_ring(app, make):
    one, other = make("customer", name="甲"), make("customer", name="乙")
    db.session.commit()

    def go(pair):
        with app.app_context():
            try:
                move(*pair)
            except Invalid:
                return 0
            finally:
                db.session.remove()
            return 1

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(go, [(one, other.id), (other, one.id)])) == 1
