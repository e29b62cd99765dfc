"""Becoming encrypted, becoming plain again, another key: values stay what they are, at every moment."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from portal import foresight, jobs, records, schema, vault
from portal.extensions import db, transaction
from portal.jobs import Job
from portal.records import resealing
from portal.schema import releases
from portal.security import SYSTEM
from portal.vault.models import DataKey, PastValue
from tests.records.sealed import CARD, OTHER, PATH, publish, raw, with_sealed
from tests.records.test_sealed import PHONE, ask


def run_all():
    """Do the waiting jobs that seal."""
    waiting = sa.select(Job.id).where(Job.kind == resealing.JOB, Job.state == "queued")
    while (job_id := db.session.scalar(waiting.limit(1))) is not None:
        db.session.commit()
        assert jobs.run_now(job_id).state == "done"


def listed():
    """The columns of customers with sealed values."""
    return {place: state for place, state in vault.places.states().items() if place.startswith("record_customer.")}


def rotate():
    with transaction():
        return resealing.rotate(SYSTEM)[0]


def filled(make):
    one = make("customer", name="A", card=CARD, mobile=PHONE, private="x").id
    return one, make("customer", name="B", card=OTHER, mobile="+8613900139001").id


def test_what_is_there_is_sealed_by_a_job_and_pages_are_right_meanwhile(app, make):
    entity = with_sealed(encrypted=False)
    one, two = filled(make)
    before = records.fetch("customer", one, SYSTEM)
    number = releases.current_number()
    physical = entity.fields["card"].column
    entity = with_sealed()
    assert entity.fields["card"].column == physical  # the same column
    assert raw(physical) == [CARD, OTHER]
    for _ in range(2):  # before the job, and after it
        assert ask(entity, {"card": CARD}) == [one] and ask(entity, {"card": [OTHER]}) == [two]
        assert [hit.id for hit in records.finder.find("8000", SYSTEM)] == [one]
        assert records.fetch("customer", one, SYSTEM)["mobile"] == PHONE
        with pytest.raises(Exception, match="请检查"):
            make("customer", name="C", card=CARD)
        run_all()
    assert not {CARD, OTHER} & set(raw(physical)) and not vault.places.is_mixed(entity.fields["card"].place)
    after = records.fetch("customer", one, SYSTEM)
    assert (after.version, after["updated_at"]) == (before.version, before["updated_at"])
    releases.rollback(number, by=SYSTEM)
    db.session.commit()
    assert not {CARD, OTHER} & set(raw(physical)), "publishing opened nothing"
    for _ in range(2):  # before the job, and after it
        entity = schema.current().entities["customer"]
        assert ask(entity, {"card": CARD}) == [one] and ask(entity, {"card": [OTHER]}) == [two]
        assert ask(entity, {"card": {"ne": CARD}}) == [two]
        assert [hit.id for hit in records.finder.find("8000", SYSTEM)] == [one]
        now = records.fetch("customer", one, SYSTEM)
        assert (now["card"], now["mobile"], now["private"], now.version) == (CARD, PHONE, "x", before.version)
        with pytest.raises(Exception, match="请检查"):
            make("customer", name="C", card=CARD)
        run_all()
    assert raw(physical) == [CARD, OTHER] and not listed()
    assert ask(entity, {"mobile": {"contains": "138000"}}) == [one]
    index = sa.inspect(db.session.connection()).get_indexes("record_customer")
    assert not [one["name"] for one in index if str(one["name"]).endswith("_sealed")]


def test_opening_killed_goes_on_beside_edits_and_loses_nothing(app, make, monkeypatch):
    with_sealed()
    monkeypatch.setattr(resealing, "BATCH", 3)
    rows = [{"name": f"C{n}", "private": f"secret {n}"} for n in range(10)]
    ids = records.bulk.save_many("customer", rows, by=SYSTEM).ids
    entity = with_sealed(encrypted=False)
    column, table = entity.fields["private"].column, records.tables.table_of("customer")
    real, calls = resealing._advance, []
    expected = {id_: f"secret {n}" for n, id_ in enumerate(ids)}

    def values():
        return {record.id: record["private"] for record in records.search("customer", SYSTEM)}

    def killed(work, count, **checkpoint):
        real(work, count, **checkpoint)
        calls.append(checkpoint)
        at = ids[-len(calls)]
        records.save(records.fetch("customer", at, SYSTEM, "edit"), {"private": f"edit {len(calls)}"}, by=SYSTEM)
        expected[at] = f"edit {len(calls)}"
        db.session.commit()
        assert values() == expected, "readable at every moment"
        if len(calls) == 2:
            raise SystemExit

    monkeypatch.setattr(resealing, "_advance", killed)
    job_id = db.session.scalar(sa.select(Job.id).where(Job.kind == resealing.JOB, Job.state == "queued"))
    db.session.commit()
    assert resealing.left() == 10 and values() == expected
    with pytest.raises(SystemExit):
        jobs.run_now(job_id)
    db.session.rollback()
    monkeypatch.setattr(resealing, "_advance", real)
    groups = dict(db.session.execute(sa.select(table.c[column], sa.func.count()).group_by(table.c[column])).all())
    assert groups["edit 1"] == 1 and None in groups, "groups go by what is plain"
    job = db.session.get(Job, job_id, populate_existing=True)
    assert job.checkpoint["done"] == 6
    job.lease_until = job.lease_until.replace(year=2020)
    db.session.commit()
    assert jobs.run_now(job_id).state == "done"
    assert (values(), sorted(raw(column))) == (expected, sorted(expected.values()))
    assert not listed() and resealing.left() == 0
    with_sealed()
    run_all()
    assert values() == expected and not set(expected.values()) & set(raw(column)), "and back again"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_encrypted_again_before_it_was_opened(app, make):
    entity = with_sealed()
    one, _two = filled(make)
    with_sealed(encrypted=False)
    make("customer", name="C", private="plain")
    with_sealed()
    assert {record["private"] for record in records.search("customer", SYSTEM)} == {"x", None, "plain"}
    run_all()
    assert all(text.startswith("\x02") for text in raw(entity.fields["private"].column))
    assert records.fetch("customer", one, SYSTEM)["card"] == CARD
    assert set(listed().values()) == {"sealed"}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_the_database_reads_itself_is_opened_at_once(app, make):
    entity = with_sealed()
    one, _two = filled(make)

    def change(tree):
        tree["fields"]["private"].pop("encrypted")
        tree["fields"]["told"] = {"type": "formula", "label": "说", "formula": "private", "result": "text"}

    publish(change)
    assert raw(entity.fields["private"].column) == ["x"]
    assert records.fetch("customer", one, SYSTEM)["told"] == "x"


def test_another_key_seals_everything_anew_and_the_old_one_goes(app, make):
    entity = with_sealed()
    one, two = filled(make)
    changed = records.save(records.fetch("customer", one, SYSTEM, "edit"), {"private": "y"}, by=SYSTEM)
    first = {text[23:27] for text in raw(entity.fields["card"].column)}
    second = rotate()
    make("customer", name="C", mobile=PHONE)  # sealed with the new key at once
    assert len(ask(entity, {"mobile": PHONE})) == 2  # found under both
    assert resealing.left() > 0
    run_all()
    assert {text[23:27] for text in raw(entity.fields["card"].column)} == {f"{second:04d}"} != first
    assert resealing.left() == 0
    states = {row.id: row.state for row in db.session.scalars(sa.select(DataKey))}
    assert states == {int(first.pop()): "retired", second: "current"}
    assert set(db.session.scalars(sa.select(PastValue.sealer))) == {second}
    now = records.fetch("customer", one, SYSTEM)
    assert (now["card"], now["private"], now.version) == (CARD, "y", changed.version)
    told = [
        (change.before, change.after)
        for change in records.history(now, SYSTEM)
        if change.field and change.field.key == "private"
    ]
    assert ("x", "y") in told
    assert [hit.id for hit in records.finder.find("9001", SYSTEM)] == [two]
    assert ask(entity, {"card": OTHER}) == [two]


def test_killed_it_goes_on_and_loses_no_edit(app, make, monkeypatch):
    entity = with_sealed()
    monkeypatch.setattr(resealing, "BATCH", 3)
    rows = [{"name": f"C{n}", "private": f"secret {n}"} for n in range(10)]
    ids = records.bulk.save_many("customer", rows, by=SYSTEM).ids
    rotate()
    real, calls = resealing._advance, []

    def killed(work, count, **checkpoint):
        real(work, count, **checkpoint)
        calls.append(checkpoint)
        changed = records.fetch("customer", ids[len(calls) % 10], SYSTEM, "edit")
        records.save(changed, {"private": f"edit {len(calls)}"}, by=SYSTEM)
        db.session.commit()
        if len(calls) == 2:
            raise SystemExit

    monkeypatch.setattr(resealing, "_advance", killed)
    job_id = db.session.scalar(sa.select(Job.id).where(Job.kind == resealing.JOB, Job.state == "queued"))
    db.session.commit()
    with pytest.raises(SystemExit):
        jobs.run_now(job_id)
    db.session.rollback()
    monkeypatch.setattr(resealing, "_advance", real)
    job = db.session.get(Job, job_id, populate_existing=True)
    assert job.checkpoint["done"] == 6
    job.lease_until = job.lease_until.replace(year=2020)
    db.session.commit()
    assert jobs.run_now(job_id).state == "done"
    assert resealing.left() == 0
    values = {record.id: record["private"] for record in records.search("customer", SYSTEM)}
    assert values == {**{id_: f"secret {n}" for n, id_ in enumerate(ids)}, ids[1]: "edit 1", ids[2]: "edit 2"}
    assert len(raw(entity.fields["private"].column)) == 10


def test_the_ciphers():
    from portal.vault.ciphers import CIPHERS, Broken

    for make_one in CIPHERS.values():
        cipher = make_one(bytes(range(32)))
        sealed = cipher.seal("中文".encode(), b"here")
        assert cipher.open(sealed, b"here").decode() == "中文" and len(sealed) == 12 + 6 + 16
        for wrong, place in ((sealed, b"there"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"here"), (b"", b"here")):
            with pytest.raises(Broken):
                cipher.open(wrong, place)


def test_the_look_at_a_draft_tells_what_encrypting_and_opening_will_do(app, make, people, as_):
    with_sealed()
    filled(make)
    number = releases.current_number()
    text = releases.documents(number)[PATH].replace("    encrypted: true\n", "")
    edits = {PATH: text}
    with transaction():
        job_id = foresight.impact.ask(number, edits, people.admin).id
    done = jobs.run_now(job_id)
    assert (done.state, done.error) == ("done", "")
    assert sorted(done.result["effects"]) == [1, 2, 2]
    now = schema.current().entities["customer"].fields["private"]
    twice = foresight.breaks.Test(now, replace(now, unique=True), "unique")
    assert foresight.breaks.look(twice).number == 0
    make("customer", name="D", private="x")
    assert foresight.breaks.look(twice).number == 2
    page = as_(people.admin).get(f"/studio/forecasts/{job_id}").text
    assert "rows are opened by a job" in page
