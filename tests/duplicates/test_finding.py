"""The nightly job: what it puts into the queue, what it leaves alone, and the index it stands on."""

import pytest
import sqlalchemy as sa

from portal import jobs, records
from portal.duplicates import finding, hints, index, queue
from portal.duplicates.models import DISTINCT, OPEN, DuplicateKey, DuplicatePair
from portal.extensions import db, transaction
from portal.records import tables
from portal.schema import directory, releases
from portal.security import SYSTEM


def look() -> dict[str, int]:
    """Run the job now; what it says."""
    job = jobs.run_now(finding.ask().id)
    assert job.state == "done", job.error
    return job.result


def pairs(state: str = OPEN) -> set[tuple[int, int]]:
    found = sa.select(DuplicatePair).where(DuplicatePair.state == state)
    return {(pair.first_id, pair.second_id) for pair in db.session.scalars(found)}


@pytest.fixture
def twins(make, people):
    """Two customers that are surely one, and a third that is another."""
    one = make("customer", by=people.alice, name="苏州瑞祥机械有限公司", phone="13800138000", city="苏州")
    two = make("customer", by=people.bob, name="瑞祥机械", phone="138 0013 8000", city="苏州市")
    other = make("customer", by=people.alice, name="恒达电子", phone="13900139000")
    return one, two, other


def test_the_job_finds_pairs_with_reasons_and_finds_them_once(twins, people) -> None:
    one, two, _other = twins
    assert look()["found"] == 1
    assert pairs() == {(one.id, two.id)}
    (found,), more = queue.listed(index.rule_of("customer"), people.dora)
    assert more is None
    assert found.pair.is_sure
    assert found.may_merge
    told = [reason.text for reason in found.reasons]
    assert any("Phone" in text or "电话" in text for text in told), told
    assert look()["found"] == 0
    assert pairs() == {(one.id, two.id)}


def test_later_passes_look_at_what_changed_and_keep_decisions(twins, people) -> None:
    one, two, other = twins
    look()
    queue.keep_apart(db.session.scalars(sa.select(DuplicatePair.id)).one(), by=people.admin)
    records.save(records.fetch("customer", other.id, SYSTEM), {"name": "瑞祥机械厂", "phone": "13800138000"}, by=SYSTEM)
    look()
    assert pairs(DISTINCT) == {(one.id, two.id)}
    assert pairs() == {(one.id, other.id), (two.id, other.id)}
    records.save(records.fetch("customer", other.id, SYSTEM), {"name": "恒达", "phone": "13700137000"}, by=SYSTEM)
    look()
    assert pairs() == set()


def test_batches_are_found_by_the_job_and_archived_records_leave(people) -> None:
    rows = [{"name": "瑞祥机械", "phone": "13800138000"}] * 3
    with transaction():
        ids = records.bulk.save_many("customer", rows, by=people.alice).ids
    look()
    assert len(pairs()) == 3
    records.archive(records.fetch("customer", ids[0], people.alice), by=people.alice)
    look()
    assert pairs() == {(ids[1], ids[2])}


def test_a_new_rule_begins_anew(twins) -> None:
    look()
    documents = directory.load()
    text = documents["duplicates/customer.yml"]
    documents["duplicates/customer.yml"] = text.replace("sure: 100\nperhaps: 60", "sure: 200\nperhaps: 180")
    releases.publish(documents, by=SYSTEM, note="", expected_release=releases.current_number())
    db.session.commit()
    look()
    assert pairs() == set()


def test_the_index_is_in_step_with_each_save_as_if_made_anew(twins, people) -> None:
    one, _two, other = twins
    records.save(records.fetch("customer", one.id, people.alice), {"phone": "13600136000"}, by=people.alice)
    records.archive(records.fetch("customer", other.id, people.alice), by=people.alice)
    rule = index.rule_of("customer")
    table = tables.table_of("customer")
    ids = list(db.session.scalars(sa.select(table.c.id)))
    expected = {(id_, key) for id_, forms in index.forms_of(rule, ids).items() for key in rule.keys(forms)}
    kept = sa.select(DuplicateKey.record_id, DuplicateKey.hash).where(DuplicateKey.entity == "customer")
    assert {(id_, key) for id_, key in db.session.execute(kept)} == expected
    assert other.id not in {id_ for id_, _key in expected}


def test_hints_show_what_one_sees_and_of_the_rest_only_that_it_is_there(twins, people) -> None:
    one, two, _other = twins
    typed = {"name": "瑞祥机械有限公司", "phone": "+8613800138000"}
    seen = hints.like("customer", typed, people.alice)
    assert {hint.record.id for hint in seen.seen} == {one.id, two.id}
    assert not seen.is_hidden_one
    assert seen.seen[0].reasons
    assert {hint.record.id for hint in hints.like("customer", typed, people.alice, but=one.id).seen} == {two.id}
    theirs = hints.like("customer", typed, people.charlie)
    assert theirs.seen == []
    assert theirs.is_hidden_one
    assert not hints.like("customer", {"name": "瑞"}, people.charlie).is_hidden_one


def test_rows_on_their_way_in_are_told_of_likely_twins(twins, people) -> None:
    one, two, _other = twins
    rows = [{"name": "别家"}, {"name": "苏州瑞祥机械", "phone": "+8613800138000", "city": "苏州"}]
    ((at, id_, points),) = hints.twins("customer", rows, people.alice)
    assert at == 1
    assert id_ in (one.id, two.id)
    assert points >= 100
    assert hints.twins("customer", rows, people.charlie) == []


def test_sure_pairs_are_merged_in_one_go_as_far_as_one_may(twins, people, make) -> None:
    one, two, _other = twins
    mine = make("customer", by=people.alice, name="苏州瑞祥机械", phone="13800138000", city="苏州")
    look()
    rule = index.rule_of("customer")
    asked = {"entity": "customer", "person": people.alice.id, "total": queue.count(rule, people.alice, sure=True)}
    with transaction():
        job = jobs.enqueue(queue.JOB, asked, by=people.alice)
    done = jobs.run_now(job.id)
    assert (done.state, done.result) == ("done", {"merged": 1, "refused": 2}), done.error
    assert records.fetch("customer", mine.id, SYSTEM).is_archived
    assert not records.fetch("customer", two.id, SYSTEM).is_archived
    assert not records.fetch("customer", one.id, SYSTEM).is_archived


def test_a_crowd_is_not_counted_to_its_end(app, monkeypatch) -> None:
    rule = index.rule_of("customer")
    rows = [{"entity": "customer", "hash": 7, "record_id": id_} for id_ in range(1, 11)]
    rows += [{"entity": "customer", "hash": 8, "record_id": id_} for id_ in (1, 2)]
    with transaction():
        db.session.execute(sa.insert(DuplicateKey), rows)
    monkeypatch.setattr("portal.matching.sieve.CROWD", 3)
    assert dict(db.session.execute(index._counted(rule, [7, 8, 9])).all()) == {7: 4, 8: 2}
    for more in ([], list(range(100, 200))):
        crowded: set[int] = set()
        assert sorted(index.met(rule, [7, 8, *more], crowded)) == [(8, 1), (8, 2)] and crowded == {7}
