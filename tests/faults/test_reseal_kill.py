"""A key is replaced while people write and the worker is killed -9: no value and no edit is lost."""

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


def test_kills_while_a_key_is_replaced(app, settings):
    entity = with_sealed()
    ids = []
    for start in range(0, ROWS, BATCH):
        some = range(start, min(start + BATCH, ROWS))
        rows = [{"name": f"C{n}", "private": f"secret {n}"} for n in some]
        ids += records.bulk.save_many("customer", rows, by=SYSTEM).ids
    with transaction():
        number, job = resealing.rotate(SYSTEM)
        job_id = job.id
    began = time.monotonic()
    with Writers(app, ids) as writers:
        for kill in range(1, KILLS + 1):
            with running("worker", settings) as worker, running("scheduler", settings):
                wait_for(lambda kill=kill: done(job_id) >= kill * ROWS // (KILLS + 2), 600 if FULL else 60)
                os.killpg(worker.pid, 9)
        with running("worker", settings), running("scheduler", settings):
            wait_for(lambda: state(job_id) == "done", 3600 if FULL else 90)
    seconds = time.monotonic() - began
    db.session.rollback()  # what was read so far is a moment ago
    column = entity.fields["private"].column
    keys = sa.text(f"SELECT DISTINCT substr({column}, 24, 4) FROM record_customer WHERE {column} IS NOT NULL")
    assert list(db.session.scalars(keys)) == [f"{number:04d}"] and resealing.left() == 0
    assert [key.id for key in vault.keyring.living()] == [number], "the old key is gone"
    table = records.tables.table_of("customer")
    select = sa.select(table.c.id, table.c.version, table.c[column])
    found = {id_: (version, value) for id_, version, value in db.session.execute(select)}
    expected = {id_: (1, f"secret {n}") for n, id_ in enumerate(ids)} | writers.told
    lost = {id_: (found.get(id_), told) for id_, told in expected.items() if found.get(id_) != told}
    assert lost == {} and len(found) == ROWS and schema.current().entities["customer"].sealed
    figures(
        f"P3 {db.engine.dialect.name}: {ROWS} rows sealed with another key in {seconds:.0f} s, {KILLS} kills -9, "
        f"{len(writers.told)} records edited meanwhile: {len(lost)} lost"
    )


def state(job_id):
    db.session.rollback()
    return db.session.get_one(Job, job_id, populate_existing=True).state


def done(job_id):
    db.session.rollback()
    return db.session.get_one(Job, job_id, populate_existing=True).done
