"""F7: a backup taken while people write comes back as it was written, every row of it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from portal import records
from portal.audit import AuditLine
from portal.extensions import db, transaction
from portal.security import SYSTEM
from tests.cli.boxes import KEY, Box, create
from tests.faults.figures import FULL, figures
from tests.records.sealed import CARD

ROUNDS, CUSTOMERS, WRITERS = (10, 20_000, 4) if FULL else (1, 20, 2)
RATE = 100  # writes a second while the backup is taken


class Writers:
    """Threads that write so many a second until told to stop; `done` are the acknowledged names."""

    def __init__(self, app: Any) -> None:
        self.app, self.done, self.stop, self.begun = app, [], threading.Event(), threading.Event()
        self.seconds, self.lock = 0.0, threading.Lock()
        self.threads = [threading.Thread(target=self.write, args=(number,)) for number in range(WRITERS)]

    def write(self, thread: int) -> None:
        with self.app.app_context():
            number, began = 0, time.monotonic()
            while not self.stop.wait(began + number * WRITERS / RATE - time.monotonic()):
                create(name := f"{thread}-{number}")
                self.done.append(name)
                number += 1
                if number == 5:
                    self.begun.set()

    def __enter__(self) -> "Writers":
        self.began = time.monotonic()
        for thread in self.threads:
            thread.start()
        assert self.begun.wait(60)
        return self

    def __exit__(self, *problem: object) -> None:
        self.seconds = time.monotonic() - self.began
        self.stop.set()
        for thread in self.threads:
            thread.join()


def rows_of(box: Box) -> dict[str, set[tuple[Any, ...]]]:
    """What was only ever added while the backup was taken: records and their history, column by column."""
    app = box.app()
    with app.app_context():
        tables = {name: records.tables.table_of(name) for name in ("customer", "contact")}
        tables["audit"] = AuditLine.__table__
        written = {name: sa.select(table) for name, table in tables.items()}
        written["audit"] = written["audit"].where(AuditLine.action.startswith("record."))
        found = {name: {tuple(map(str, row)) for row in db.session.execute(all_)} for name, all_ in written.items()}
        db.session.remove()
        db.engine.dispose()
    return found


@pytest.mark.fault
def test_a_moment_of_work_comes_back(office: tuple[Box, Any], box: Callable[[str], Box], tmp_path: Path) -> None:
    made, app = office
    file, rates = tmp_path / "all.tar.gz", list[float]()
    fill(app)
    old = made.look().names
    for number in range(ROUNDS):
        with Writers(app) as writers:
            before = set(writers.done)
            said = made.run_apart("backup", file) if FULL else made.run("backup", file).output
        rates.append(len(writers.done) / writers.seconds)
        assert said.startswith(f"{file}: ") and file.stat().st_mode & 0o777 == 0o600, said
        other = box(f"other{number}")
        assert other.run("restore", "--check", file).output.endswith(" is whole\n")
        back = other.run("restore", file)
        assert back.exit_code == 0, back.output + str(back.exception)
        found = other.look()
        assert old | before <= found.names <= {*old, *writers.done}
        old |= set(writers.done)
        assert found.ids == found.told, "a record and its audit line are of one transaction"
        assert found.faults == []
        assert (found.files, found.release, found.key) == ([b"contract"], 1, KEY)
        assert found.cards == [CARD]  # encrypted: it is opened with the key that came along
        there, here = rows_of(other), rows_of(made)
        assert all(there[name] <= here[name] for name in here), "every row is as it was written"
        again = other.run("restore", file)
        assert str(again.exception) == "there is data already; say --replace to put the backup in its place"
        assert other.run("restore", "--replace", file).exit_code == 0
        assert other.look() == found
    engine = made.url.partition(":")[0].partition("+")[0]
    figures(
        f"F7 {engine}: {ROUNDS} backups of {CUSTOMERS} customers and more, under {min(rates):.0f} writes a second and "
        f"more, restored on an empty box: {ROUNDS} of {ROUNDS} equal"
    )


def fill(app: Any) -> None:
    """So many customers, so that a backup takes its time."""
    with app.app_context(), transaction():
        rows = [{"name": f"old {number}"} for number in range(CUSTOMERS)]
        assert not records.bulk.save_many("customer", rows, by=SYSTEM).problems
