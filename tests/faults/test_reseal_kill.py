"""A key is replaced, or a field opened, while people write and the worker is killed -9: nothing is lost."""

import os
import threading
import time

import pytest
import sqlalchemy as sa

from portal import records, schema, vault
from portal.errors import Conflict
from portal.extensions import db, transaction
from portal.jobs import Job
from portal.records import resealing
from portal.security import SYSTEM
from tests.faults.figures import FULL, figures
from tests.jobs.workbench import running, wait_for
from tests.records.sealed import with_sealed

SMALL = os.environ.get("FAULTS_ROWS")  # a kill within the process is in tests/records/test_resealing.py
pytestmark = [pytest.mark.fault, pytest.mark.long, pytest.mark.skipif(not (FULL or SMALL), reason="at full size only")]
ROWS = int(SMALL or 1_000_000)
KILLS = 10 if FULL else 1
BATCH = 5000


class Writers:
    """Threads that edit and create records; `told` is what was acknowledged, by id."""

    def __init__(self, app, ids, count=2):
        self.app, self.ids, self.stop, self.told, self.lock = app, ids, threading.Event(), {}, threading.Lock()
        self.threads = [threading.Thread(target=self.work, args=(at,)) for at in range(count)]

    def work(self, at):
        with self.app.app_context():
            number = 0
            while not self.stop.is_set():
                number += 1
                id_, value = self.ids[(number * 37 + at * 11) % len(self.ids)], f"edit {at} {number}"
                try:
                    with transaction():
                        found = records.fetch("customer", id_, SYSTEM, "edit")
                        saved = records.save(found, {"private": value}, by=SYSTEM)
                    with self.lock:
                        self.told[id_] = max(self.told.get(id_, (0, "")), (saved.version, value))
                except Conflict:
                    continue
                finally:
                    db.session.remove()
                time.sleep(0.01)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *problem):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def filled():
    """Customers with a value each; their ids."""
    ids = []
    for start in range(0, ROWS, BATCH):
        some = range(start, min(start + BATCH, ROWS))
        rows = [{"name": f"C{n}", "private": f"secret {n}"} for n in some]
        ids += records.bulk.save_many("customer", rows, by=SYSTEM).ids
    return ids


def followed(app, settings, ids, job_id, meanwhile=lambda: None):
    """What people wrote while the job was killed again and again, and how many seconds it took."""
    began = time.monotonic()
    with Writers(app, ids) as writers:
        for kill in range(1, KILLS + 1):
            with running("worker", settings) as worker, running("scheduler", settings):
                wait_for(lambda kill=kill: done(job_id) >= kill * ROWS // (KILLS + 2), 600 if FULL else 60)
                os.killpg(worker.pid, 9)
            meanwhile()
        with running("worker", settings), running("scheduler", settings):
            wait_for(lambda: state(job_id) == "done", 3600 if FULL else 90)
    db.session.rollback()  # what was read so far is a moment ago
    return writers.told, time.monotonic() - began


def lost(ids, told, column):
    """The records that are not as they were written."""
    table = records.tables.table_of("customer")
    select = sa.select(table.c.id, table.c.version, table.c[column])
    found = {id_: (version, value) for id_, version, value in db.session.execute(select)}
    assert len(found) == ROWS
    expected = {id_: (1, f"secret {n}") for n, id_ in enumerate(ids)} | told
    return {id_: (found.get(id_), told) for id_, told in expected.items() if found.get(id_) != told}


def test_kills_while_a_key_is_replaced(app, settings):
    entity = with_sealed()
    ids = filled()
    with transaction():
        number, job = resealing.rotate(SYSTEM)
        job_id = job.id
    told, seconds = followed(app, settings, ids, job_id)
    column = entity.fields["private"].column
    keys = sa.text(f"SELECT DISTINCT substr({column}, 24, 4) FROM record_customer WHERE {column} IS NOT NULL")
    assert list(db.session.scalars(keys)) == [f"{number:04d}"] and resealing.left() == 0
    assert [key.id for key in vault.keyring.living()] == [number], "the old key is gone"
    assert lost(ids, told, column) == {} and schema.current().entities["customer"].sealed
    figures(
        f"P3 {db.engine.dialect.name}: {ROWS} rows sealed with another key in {seconds:.0f} s, {KILLS} kills -9, "
        f"{len(told)} records edited meanwhile: 0 lost"
    )


def test_kills_while_a_field_is_opened(app, settings):
    with_sealed()
    ids = filled()
    began = time.monotonic()
    column = with_sealed(encrypted=False).fields["private"].column
    db.session.commit()
    published = time.monotonic() - began
    job_id = Job.newest(resealing.JOB).id
    some = ids[:: max(1, ROWS // 50)]

    def readable():
        db.session.rollback()
        for record in (records.fetch("customer", id_, SYSTEM) for id_ in some):
            assert record["private"].startswith(("secret ", "edit ")), "readable at every moment"

    told, seconds = followed(app, settings, ids, job_id, readable)
    sealed = sa.text(f"SELECT count(*) FROM record_customer WHERE substr({column}, 1, 1) = '\x02'")
    assert db.session.scalar(sealed) == 0 and resealing.left() == 0
    assert lost(ids, told, column) == {} and f"record_customer.{column}" not in vault.places.states()
    figures(
        f"P3 {db.engine.dialect.name}: {ROWS} rows opened in {seconds:.0f} s after a publish of {published:.1f} s, "
        f"{KILLS} kills -9, {len(told)} records edited meanwhile: 0 lost"
    )


def state(job_id):
    db.session.rollback()
    return db.session.get_one(Job, job_id, populate_existing=True).state


def done(job_id):
    db.session.rollback()
    return db.session.get_one(Job, job_id, populate_existing=True).done
