"""Automatic numbers: without gaps and without doubles under fifty writers at once, those who give up included."""

import threading
from concurrent.futures import ThreadPoolExecutor

from portal import records
from portal.extensions import db, transaction
from portal.security import SYSTEM
from tests.records.test_provision import publish

WRITERS, EACH = 50, 2


class GivesUp(Exception):
    """What a writer raises after its number was taken."""


def number(tree):
    tree["fields"]["serial"] = {"type": "auto_number", "label": "Serial", "prefix": "K-", "width": 5}


def test_fifty_writers_leave_no_gap(app):
    publish(number)
    db.session.commit()
    together = threading.Barrier(WRITERS)
    taken: list[str] = []

    def write(writer: int) -> None:
        with app.app_context():
            together.wait(60)
            for turn in range(EACH):
                try:
                    with transaction():
                        record = records.new("customer", SYSTEM)
                        saved = records.save(record, {"name": f"Writer {writer} turn {turn}"}, by=SYSTEM)
                        if (writer + turn) % 5 == 0:
                            raise GivesUp
                    taken.append(saved["serial"])
                except GivesUp:
                    db.session.rollback()
            db.session.remove()

    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(write, writer) for writer in range(WRITERS)]:
            done.result(300)
    kept = WRITERS * EACH - len([1 for w in range(WRITERS) for t in range(EACH) if (w + t) % 5 == 0])
    assert sorted(taken) == [f"K-{at:05d}" for at in range(1, kept + 1)]
    db.session.rollback()
    stored = [record["serial"] for record in records.search("customer", SYSTEM, limit=200) if record["serial"]]
    assert sorted(stored) == sorted(taken)
    (last,) = records.bulk.save_many("customer", [{"name": "After"}], by=SYSTEM).ids
    assert records.fetch("customer", last, SYSTEM)["serial"] == f"K-{kept + 1:05d}"
