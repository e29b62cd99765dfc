"""A backup holds one moment of everything; it comes back whole, or not at all."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine

from portal.backups import archive
from portal.extensions import db
from tests.cli.boxes import KEY, Box, create


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
