"""A backup taken while people write holds one moment of everything; it comes back whole, or not at all."""

import io
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner, Result

from portal import audit, create_app, records, schema
from portal.audit import AuditLine
from portal.backups import archive
from portal.cli import commands
from portal.cli.database import migrate
from portal.cli.prepare import make_private
from portal.extensions import db, transaction
from portal.schema import directory, releases
from portal.security import SYSTEM
from tests.conftest import settings_for
from tests.faults.figures import FULL, figures
from tests.records.sealed import CARD

ROUNDS = 10 if FULL else 1
KEY = "k" * 40


class Box:
    """A machine: an instance folder, a database, and the commands run there."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.folder, self.url = folder, url

    def run(self, *words: str | Path, **given: str) -> Result:
        """One command as the console runs it."""
        here = {"PORTAL_MODE": "test", "PORTAL_INSTANCE": str(self.folder), "PORTAL_DATABASE_URL": self.url}
        unset = {"PORTAL_SECRET_KEY": None, "REDIS_URL": None}
        return CliRunner().invoke(commands, [str(word) for word in words], env={**unset, **here, **given})

    def app(self) -> Any:
        """Its portal."""
        return create_app(settings_for(self.folder, PORTAL_DATABASE_URL=self.url))

    def look(self) -> SimpleNamespace:
        """What a portal finds there."""
        app = self.app()
        with app.app_context():
            table = records.tables.table_of("customer")
            name = schema.current().entities["customer"].fields["name"].column
            mine = (AuditLine.action == "record.created", AuditLine.entity == "customer")
            created = sa.select(AuditLine.record_id).where(*mine)
            found = SimpleNamespace(
                cards=[one["id_number"] for one in records.search("contact", SYSTEM)],
                names=set(db.session.scalars(sa.select(table.c[name]))),
                ids=sorted(db.session.scalars(sa.select(table.c.id))),
                told=sorted(db.session.scalars(created)),
                files=[_bytes(row) for row in db.session.query(records.files.StoredFile)],
                faults=audit.verify().faults,
                release=releases.current_number(),
                key=(self.folder / "secret_key").read_text(),
            )
            db.session.remove()
            db.engine.dispose()
        return found


def _bytes(row: Any) -> bytes:
    with records.files.local(row) as path:
        return path.read_bytes()


@pytest.fixture
def box(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], Box]:
    """Machines with an empty database each."""

    def make(name: str) -> Box:
        if engine_name == "sqlite":
            return Box(tmp_path / name, f"sqlite:///{tmp_path / name / 'portal.db'}")
        server = request.getfixturevalue("postgres")
        server.drop(f"box_{name}")
        server.execute(f"CREATE DATABASE box_{name}")
        return Box(tmp_path / name, server.url(f"box_{name}"))

    return make


@pytest.fixture
def office(box: Callable[[str], Box]) -> Iterator[tuple[Box, Any]]:
    """A machine with a portal at work."""
    made = box("office")
    make_private(made.folder / "secret_key", KEY)
    app = made.app()
    migrate(app)
    with app.app_context():
        releases.publish(directory.load(), by=SYSTEM, note="", expected_release=0)
        with transaction():
            records.files.store(io.BytesIO(b"contract"), "contract.txt", None)
        create("the first")
        with transaction():
            customer = records.search("customer", SYSTEM).records[0].id
            person = {"name": "张三", "customer": customer, "id_number": CARD}
            records.save(records.new("contact", SYSTEM), person, by=SYSTEM)
    yield made, app
    with app.app_context():
        db.engine.dispose()


def create(name: str) -> None:
    with transaction():
        records.save(records.new("customer", SYSTEM), {"name": name}, by=SYSTEM)


class Writers:
    """Threads that write until they are told to stop; `done` are the acknowledged names."""

    def __init__(self, app: Any, count: int = 2) -> None:
        self.app, self.done, self.stop, self.begun = app, [], threading.Event(), threading.Event()
        self.threads = [threading.Thread(target=self.write, args=(number,)) for number in range(count)]

    def write(self, thread: int) -> None:
        with self.app.app_context():
            number = 0
            while not self.stop.is_set():
                create(name := f"{thread}-{number}")
                self.done.append(name)
                number += 1
                if number == 5:
                    self.begun.set()

    def __enter__(self) -> "Writers":
        for thread in self.threads:
            thread.start()
        assert self.begun.wait(60)
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.fault
def test_a_moment_of_work_comes_back(office: tuple[Box, Any], box: Callable[[str], Box], tmp_path: Path) -> None:
    made, app = office
    file = tmp_path / "all.tar.gz"
    for number in range(ROUNDS):
        with Writers(app) as writers:
            before = set(writers.done)
            saved = made.run("backup", file)
        assert saved.exit_code == 0, saved.output
        assert file.stat().st_mode & 0o777 == 0o600
        other = box(f"other{number}")
        assert other.run("restore", "--check", file).output.endswith(" is whole\n")
        back = other.run("restore", file)
        assert back.exit_code == 0, back.output + str(back.exception)
        found = other.look()
        assert before | {"the first"} <= found.names <= {*writers.done, "the first"}
        assert found.ids == found.told, "a record and its audit line are of one transaction"
        assert found.faults == []
        assert (found.files, found.release, found.key) == ([b"contract"], 1, KEY)
        assert found.cards == [CARD]  # encrypted: it is opened with the key that came along
        again = other.run("restore", file)
        assert str(again.exception) == "there is data already; say --replace to put the backup in its place"
        assert other.run("restore", "--replace", file).exit_code == 0
        assert other.look() == found
    engine = made.url.partition(":")[0].partition("+")[0]
    figures(f"F7 {engine}: {ROUNDS} backups while people write, restored on an empty box: {ROUNDS} of {ROUNDS} equal")


def test_nothing_changes_when_it_cannot_be_restored(office: tuple[Box, Any], tmp_path: Path) -> None:
    made, app = office
    file = tmp_path / "all.tar.gz"
    assert made.run("backup", file).exit_code == 0
    with app.app_context():
        create("the second")
        db.session.remove()
        engine = db.engine.dialect.name
        db.engine.dispose()
    before = made.look()
    plain = made.url.replace("+psycopg", "")
    opens = {"sqlite": lambda: sqlite3.connect(made.folder / "portal.db"), "postgresql": lambda: psycopg.connect(plain)}
    with closing(opens[engine]()) as used:
        used.execute("SELECT 1 FROM job").fetchall()
        assert str(made.run("restore", "--replace", file).exception).endswith("in use: stop the portal first")
    broken = tmp_path / "broken.tar.gz"
    room = tmp_path / "room"
    manifest = archive.unpack(file, room)
    (room / archive.DATABASE).write_bytes(b"PGDMP not a dump" * 9)
    with archive.written(broken) as writing:
        writing.add(archive.DATABASE, room / archive.DATABASE)
        writing.add(archive.KEY, room / archive.KEY)
        writing.close(manifest)
    assert made.run("restore", "--replace", broken).exit_code == 1
    assert made.look() == before


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_backups_lie_under_their_time_and_old_ones_go(office: tuple[Box, Any]) -> None:
    made, _app = office
    with time_machine.travel("2026-03-02 01:00:00+00:00", tick=False) as clock:
        made.run("backup", "--keep", "2")
        clock.shift(60)
        (made.folder / "files").rename(made.folder / "lost")
        assert "is missing, though a record names it" in made.run("backup", "--keep", "2").output
        clock.shift(60)
        assert "kehu-20260302-010000.tar.gz: deleted" in made.run("backup", "--keep", "2").output
    assert len(list((made.folder / "backups").iterdir())) == 2


def small(file: Path, **changes: Any) -> None:
    """A backup without a database in it."""
    facts = {"made_at": "2026-05-01", "engine": "sqlite", "revision": "0001", "release": 1, "rows": {}}
    with archive.written(file) as writing:
        writing.add_text(archive.DATABASE, "rows " * 500)
        writing.add_text(archive.KEY, KEY)
        writing.close(archive.Manifest(**facts | changes))


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda data: data[: len(data) // 2], "cut off"),
        (lambda data: data[:120] + bytes([data[120] ^ 1]) + data[121:], "not what was saved"),
        (lambda data: b"", "cut off"),
        (lambda data: b"PK\3\4" + data, "not a backup"),
    ],
)
def test_a_damaged_file_is_refused(box: Callable[[str], Box], tmp_path: Path, harm: Any, said: str) -> None:
    file, empty = tmp_path / "b.tar.gz", box("empty")
    small(file)
    file.write_bytes(harm(file.read_bytes()))
    assert said in str(empty.run("restore", file).exception)
    assert [path.name for path in empty.folder.iterdir()] == ["up.lock"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("changes", "given", "said"),
    [
        ({"engine": "postgresql"}, {}, "the backup is of postgresql, this database is sqlite"),
        ({"revision": "9999"}, {}, "a newer portal made the backup"),
        ({"format": "other"}, {}, "another version made it"),
        ({"members": {"files/ab/gone": "0"}}, {}, "files/ab/gone is not what was saved"),
        ({}, {"PORTAL_SECRET_KEY": "other" * 8}, "PORTAL_SECRET_KEY is not the key of the backup"),
        ({}, {}, "is damaged: file is not a database"),
    ],
)
def test_a_backup_of_another_world_is_refused(
    box: Callable[[str], Box], tmp_path: Path, changes: Any, given: Any, said: str
) -> None:
    file, empty = tmp_path / "b.tar.gz", box("empty")
    small(file, **changes)
    assert said in str(empty.run("restore", file, **given).exception)


def test_a_backup_leads_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    with archive.written(file) as writing:
        writing.add_text("../outside", "x")
    with pytest.raises(archive.Damaged, match="outside"):
        archive.unpack(file, tmp_path / "room")
    assert not (tmp_path / "outside").exists()
