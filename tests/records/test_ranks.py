"""What stands above what: no record comes to stand above itself, by whichever door."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from portal import records
from portal.errors import Invalid
from portal.extensions import db, transaction
from portal.records import ranks
from portal.schema import compiled
from portal.schema.check import check
from portal.security import SYSTEM
from tests.schema.docs import publish, shipped, with_field

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
