"""The search index is made anew while people search and write: nothing is missing meanwhile, nothing old comes back."""

import threading

import pytest
import sqlalchemy as sa

from portal import jobs, records
from portal.extensions import db, transaction
from portal.records import reindexing
from portal.records.token_index import SearchEntry
from portal.schema import releases
from portal.security import SYSTEM
from tests.schema.docs import shipped


@pytest.fixture
def many(people, monkeypatch) -> list[int]:
    monkeypatch.setattr(reindexing, "BATCH", 20)
    with transaction():
        saved = records.bulk.save_many("customer", [{"name": f"固定{at}"} for at in range(120)], by=people.alice)
    return [id_ for id_ in saved.ids if id_ is not None]


def rebuild() -> jobs.Job:
    with transaction():
        job = jobs.enqueue(reindexing.JOB)
    return jobs.run_now(job.id)


def spoil(ids: list[int]) -> None:
    """One entry gone, one of other words, one of a record that is not there."""
    entry = SearchEntry
    with transaction():
        db.session.execute(sa.delete(entry).where(entry.record_id == ids[0], entry.entity == "customer"))
        wrong = sa.update(entry).where(entry.record_id == ids[1], entry.entity == "customer")
        db.session.execute(wrong.values(tokens="@customer 别的"))
        db.session.execute(sa.insert(entry).values(entity="customer", record_id=ids[-1] + 900, tokens="@customer 无"))


def test_what_differs_is_counted_and_mended(people, many) -> None:
    assert reindexing.differing() == 0
    spoil(many)
    before = dict(db.session.execute(sa.select(SearchEntry.record_id, SearchEntry.id)).all())
    assert reindexing.differing() == 3
    assert rebuild().result == {"records": 120, "differing": 2}
    assert reindexing.differing() == 0 and reindexing.is_sound()
    after = dict(db.session.execute(sa.select(SearchEntry.record_id, SearchEntry.id)).all())
    assert after[many[5]] == before[many[5]] and after[many[1]] == before[many[1]]  # in their places
    assert len(records.finder.find("固定0", people.alice)) >= 1


def test_it_goes_on_where_it_was_stopped(people, many, monkeypatch) -> None:
    spoil(many)
    looked, is_killed = [], True
    mend = reindexing._mend

    def noted(entity, after):
        looked.append((entity.key, after))
        if is_killed and looked[-1] == ("customer", many[39]):
            raise RuntimeError("killed")
        return mend(entity, after)

    monkeypatch.setattr(reindexing, "_mend", noted)
    job = rebuild()
    assert job.state == "queued"
    with transaction():
        job.not_before = None
    looked.clear()
    is_killed = False
    assert jobs.run_now(job.id).result == {"records": 120, "differing": 2}
    assert next(after for key, after in looked if key == "customer") == many[39]


def test_searches_miss_nothing_and_writes_stay(app, people, many) -> None:
    ended, missed, wrote = threading.Event(), [], []
    db.session.commit()

    def search() -> None:
        with app.app_context():
            while not ended.is_set():
                if len(records.search("customer", SYSTEM, text="固定", limit=200)) != len(many) - 10:
                    missed.append(1)
                db.session.rollback()
            db.session.remove()

    def write() -> None:
        with app.app_context():
            while not ended.is_set() or not wrote:
                number = len(wrote)
                with transaction():
                    record = records.fetch("customer", many[number % 10], SYSTEM)
                    records.save(record, {"name": f"新名{number}"}, by=SYSTEM, version=record.version)
                wrote.append(number)
            db.session.remove()

    for at in range(10):
        with transaction():
            records.save(records.fetch("customer", many[at], SYSTEM), {"name": f"先名{at}"}, by=SYSTEM)
    threads = [threading.Thread(target=one) for one in (search, write)]
    for thread in threads:
        thread.start()
    try:
        state = rebuild().state
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert state == "done" and wrote and not missed
    assert reindexing.differing() == 0


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_full_text_index_that_is_damaged_is_seen_and_made_anew(people, many) -> None:
    with transaction():
        db.session.execute(sa.text("DELETE FROM search_token_data WHERE id > 10"))
    assert not reindexing.is_sound()
    reindexing.restore_full_text()
    assert reindexing.is_sound() and len(records.finder.find("固定1", people.alice)) > 0


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_release_that_searches_other_fields_asks_for_it(app, people) -> None:
    documents = shipped()
    text = documents["entities/customer.yml"]
    assert "search: [" in text
    releases.publish_document(
        "entities/customer.yml", text.replace("search: [", "search: [source, ", 1), by=people.admin, note=""
    )
    waiting = sa.select(sa.func.count()).where(jobs.Job.kind == reindexing.JOB, jobs.Job.state == "queued")
    assert db.session.scalar(waiting) == 1
