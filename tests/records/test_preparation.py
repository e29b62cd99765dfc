"""Columns of new types in large tables are filled beside the work; a release switches to them."""

import pytest
import sqlalchemy as sa
from flask import g

from portal import jobs, records, schema
from portal.errors import Busy, Conflict
from portal.extensions import db, transaction
from portal.records import footing, preparation, publishing, retype, watch
from portal.schema import compiled, drafts, releases
from portal.schema.models import SchemaColumn
from portal.security import SYSTEM
from tests.schema.docs import customer, publish, shipped, with_field
from tests.web.studio import post

TEXT, NUMBER = "code: {type: text, label: 编码}", "code: {type: integer, label: 编码}"


@pytest.fixture
def coded(app, monkeypatch):
    """Twelve customers, a large table by the measure of this test, with 0 to 10 and a word in a field of text."""
    publish(with_field(shipped(), TEXT))
    compiled.forget()
    for module, name, number in ((preparation, "SMALL", 5), (retype, "BATCH", 4)):
        monkeypatch.setattr(module, name, number)
    rows = [{"name": f"甲{code}", "code": code} for code in (*map(str, range(11)), "无")]
    with transaction():
        return records.bulk.save_many("customer", rows, by=SYSTEM).ids


def documents(line: str = NUMBER) -> dict[str, str]:
    return with_field(shipped(), line)


def codes(ids):
    return [records.fetch("customer", id_, SYSTEM, "view")["code"] for id_ in ids]


def write(id_, code):
    with transaction():
        records.save(records.fetch("customer", id_, SYSTEM, "edit"), {"code": code}, by=SYSTEM)


def release(tick=lambda _done, _total: None, line=NUMBER, **options):
    try:
        return publishing.publish(
            documents(line), by=SYSTEM, note="", expected_release=releases.current_number(), tick=tick, **options
        )
    finally:
        compiled.forget()


def states(*wanted: str) -> list[str]:
    rows = sa.select(SchemaColumn.physical).where(SchemaColumn.key == "code", SchemaColumn.state.in_(wanted))
    return list(db.session.scalars(rows))


def physical() -> set[str]:
    return {column["name"] for column in sa.inspect(db.session.connection()).get_columns("record_customer")}


def watched() -> list[str]:
    held = sa.select(SchemaColumn.physical).where(SchemaColumn.key == "code")
    return [name for name in db.session.scalars(held) if watch.is_on("record_customer", name)]


def test_what_people_write_meanwhile_is_not_lost(coded):
    moments = []

    def tick(done, total):
        moments.append((done, total))
        if len(moments) == 2:  # the first eight rows are filled
            write(coded[0], "70")
            write(coded[1], "neither")
            write(coded[2], None)
            write(coded[10], "80")
            with transaction():
                coded.extend(records.bulk.save_many("customer", [{"name": "乙", "code": "90"}], by=SYSTEM).ids)

    release(tick)
    assert customer().fields["code"].type.key == "integer"
    assert codes(coded) == [70, None, None, *range(3, 10), 80, None, 90]
    assert moments[-1] == (12, 12) and len(moments) >= 3, "it tells how far it is"
    assert watched() == []


def test_the_release_reads_only_what_is_left(coded, monkeypatch):
    read = []
    whole = retype.Conversion.write
    monkeypatch.setattr(retype.Conversion, "write", lambda self, rows: read.append(rows) or whole(self, rows))
    release(lambda done, total: write(coded[3], "33") if done == total else None)
    assert sorted(value for rows in read[3:] for _id, value, _held in rows if value != "无") == ["33"]
    assert codes(coded)[3] == 33


def test_the_way_back_is_prepared_too(coded):
    first = releases.current_number()
    release()
    write(coded[0], 500)

    def tick(done, _total):
        if done:
            write(coded[1], 600)

    publishing.publish(
        releases.documents(first), by=SYSTEM, note="", expected_release=first + 1, restores=first, tick=tick
    )
    compiled.forget()
    assert codes(coded) == ["500", "600", *map(str, range(2, 11)), "无"]
    assert watched() == []


def test_who_gives_up_leaves_nothing_behind(coded):
    before = physical()

    def stop(_done, _total):
        raise jobs.Cancelled

    with pytest.raises(jobs.Cancelled):
        release(stop)
    assert (physical(), watched(), states("provisioning", "prepared")) == (before, [], [])
    assert len(states("dropped")) == 1
    release()
    assert codes(coded) == [*range(11), None]


def test_who_comes_second_is_told_and_leaves_nothing_behind(coded):
    before = physical()

    def lose(done, _total):
        if done == 4:
            publish(with_field(releases.documents(releases.current_number()), "other: {type: text, label: 别}"))

    with pytest.raises(Conflict):
        release(lose)
    compiled.forget()
    gone = {name for name in physical() - before if name.startswith("code")}
    assert (gone, watched(), states("provisioning", "prepared")) == (set(), [], [])
    assert codes(coded)[:2] == ["0", "1"]


def test_what_a_dead_process_left_is_swept_by_the_next_release(coded):
    plan = releases.reserve(documents(), expected_release=releases.current_number())

    def die(_done, _total):
        raise MemoryError

    with pytest.raises(MemoryError):
        preparation.fill(plan, die)
    (name,) = states("provisioning")
    assert watched() == [name] and name in physical()
    publish(with_field(releases.documents(releases.current_number()), "other: {type: text, label: 别}"))
    assert (watched(), states("provisioning", "prepared"), states("dropped")) == ([], [], [name])
    assert name not in physical()
    release()
    assert codes(coded) == [*range(11), None]


def test_what_was_prepared_serves_who_publishes_the_same(coded):
    number = releases.current_number()
    preparation.fill(releases.reserve(documents(), expected_release=number), lambda _done, _total: None)
    (name,) = states("prepared")
    write(coded[4], "44")
    releases.publish(documents(), by=SYSTEM, note="", expected_release=number, brief=True)  # nobody has to wait
    compiled.forget()
    assert customer().fields["code"].physical == name
    assert codes(coded) == [0, 1, 2, 3, 44, *range(5, 11), None]


def test_a_page_does_not_keep_writers_waiting(coded, as_, people):
    admin = as_(people.admin)
    with pytest.raises(releases.TakesLong):
        releases.publish(documents(), by=SYSTEM, note="", expected_release=releases.current_number(), brief=True)
    with transaction():
        drafts.write(people.admin, "entities/customer.yml", documents()["entities/customer.yml"])
    number = releases.current_number()
    answer = post(admin, "/studio/releases", {"note": "Zahl"})
    job_id = int(answer.location.rpartition("/")[2])
    assert (answer.status_code, releases.current_number()) == (303, number)
    assert f"/jobs/{job_id}" in admin.get("/studio/review").text, "the page says that it is on its way"
    db.session.rollback()
    job = jobs.run_now(job_id)
    assert (job.state, job.result) == ("done", {"link": f"/studio/releases/{number + 1}"})
    compiled.forget()
    assert codes(coded) == [*range(11), None]
    assert (drafts.of(people.admin), releases.rows(limit=1)[0].note) == (None, "Zahl")
    back = post(admin, f"/studio/releases/{number}/restoration", {"expected": number + 1})
    db.session.rollback()
    assert jobs.run_now(int(back.location.rpartition("/")[2])).state == "done"
    compiled.forget()
    assert codes(coded)[-2:] == ["10", "无"]


def test_a_job_that_died_when_all_was_done_ends_well(coded, people):
    base = releases.current_number()
    edits = {"entities/customer.yml": documents()["entities/customer.yml"]}
    with transaction():
        job = publishing.ask(edits, base=base, note="", by=people.admin, right="studio.publish")
    whole = {**releases.documents(base), **edits}
    publishing.publish(whole, by=people.admin, note="", expected_release=base)
    job = jobs.run_now(job.id)
    assert (job.state, job.result) == ("done", {"link": f"/studio/releases/{base + 1}"})
    assert releases.current_number() == base + 1


def test_a_job_needs_the_right_when_the_release_comes(coded, people):
    with transaction():
        job = publishing.ask({}, base=releases.current_number(), note="", by=people.alice, right="studio.publish")
    assert (jobs.run_now(job.id).state, releases.current_number()) == ("failed", 2)


def test_who_writes_by_the_types_before_is_sent_again(coded):
    stale = schema.current()
    with transaction():
        record = records.fetch("customer", coded[0], SYSTEM, "edit")
        other = records.fetch("customer", coded[1], SYSTEM, "edit")
        db.session.commit()
        number = releases.current_number()
        releases.publish(documents(), by=SYSTEM, note="", expected_release=number)
        g.__dict__[compiled.STORED] = g.__dict__[compiled.SEEN] = stale
        with pytest.raises(Busy):
            records.save(record, {"code": "99"}, by=SYSTEM)
        with pytest.raises(Busy):
            records.bulk.save_many("customer", [{"id": other.id, "code": "99"}], by=SYSTEM)
        compiled.forget()
        footing.take("customer")
    assert codes(coded)[:2] == [0, 1]


def test_a_new_type_waits_for_whoever_writes(coded, engine_name):
    if engine_name != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    number = releases.current_number()
    with db.engine.connect() as writer:
        writer.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(footing.LOCK)))
        db.session.execute(sa.text("SET LOCAL lock_timeout = 200"))
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            releases.publish(documents(), by=SYSTEM, note="", expected_release=number)
    releases.publish(documents(), by=SYSTEM, note="", expected_release=number)
