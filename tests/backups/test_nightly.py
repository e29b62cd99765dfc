"""The backup of every night: made and seen to be whole, old ones let go, failures and silence told."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from portal import audit, backups, clock, jobs, mail
from portal.backups import archive, drill
from portal.errors import PortalError
from portal.extensions import db, transaction
from portal.jobs import model


@pytest.fixture
def folder(app):
    """Where the backups of this test lie; a test database has no table of migrations of its own."""
    with transaction():
        db.session.execute(sa.text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        db.session.execute(sa.text("INSERT INTO alembic_version VALUES ('0001')"))
    yield backups.making.folder_of(app.config["PORTAL"])
    with transaction():
        db.session.execute(sa.text("DROP TABLE alembic_version"))


def make() -> jobs.Job:
    with transaction():
        job = jobs.enqueue(backups.nightly.JOB)
    return jobs.run_now(job.id)


def test_a_night_leaves_a_backup_that_can_be_brought_back(app, people, as_, folder) -> None:
    assert make().state == model.DONE
    (file,) = folder.glob(backups.making.PATTERN)
    assert drill.verify(file).rows["person"] == 7
    assert file.stat().st_mode & 0o077 == 0
    health = as_(people.alice).get("/health").json["backup"]
    assert health["state"] == "ok" and health["hours"] < 1
    page = as_(people.admin).get("/backups/").text
    assert file.name in page and "Last good backup" in page
    assert as_(people.alice).get("/backups/").status_code == 403


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_failure_is_told_once_and_shown(app, people, as_, folder, monkeypatch) -> None:
    def fail(*given: object) -> None:
        raise PortalError("no room is left")

    monkeypatch.setattr(backups.making, "write", fail)
    assert make().state != model.DONE
    assert make().state != model.DONE
    told = db.session.scalars(sa.select(mail.Notice).where(mail.Notice.link == "/backups/")).all()
    assert [one.person_id for one in told] == [people.admin.id]
    assert "no room is left" in as_(people.admin).get("/backups/").text
    assert as_(people.alice).get("/health").json["backup"]["state"] == "failed"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_missed_night_is_told(app, people, as_) -> None:
    with transaction():
        audit.record("backup.made", by=None, data={"file": "x", "bytes": 1, "rows": 1, "missing": 0})
    with time_machine.travel(clock.now() + timedelta(hours=37)):
        with transaction():
            job = jobs.enqueue(backups.nightly.WATCH)
        assert jobs.run_now(job.id).result is True
        assert as_(people.alice).get("/health").json["backup"]["state"] == "old"
    assert db.session.scalars(sa.select(mail.Notice.person_id)).all() == [people.admin.id]


def test_of_each_day_and_week_the_last_stays(tmp_path) -> None:
    days = [f"202603{day:02}" for day in range(1, 31)]
    for day in days:
        for hour in ("01", "13"):
            (tmp_path / f"kehu-{day}-{hour}0000.tar.gz").touch()
    (tmp_path / "kehu-mine.tar.gz").touch()
    backups.nightly.forget(tmp_path, 3, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "kehu-20260328-130000.tar.gz",
        "kehu-20260329-130000.tar.gz",
        "kehu-20260330-130000.tar.gz",
        "kehu-mine.tar.gz",
    ]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_drill_finds_a_database_that_does_not_open(app, folder, monkeypatch, tmp_path) -> None:
    file = tmp_path / "cut.tar.gz"
    with archive.written(file) as writing:
        writing.add_text(archive.DATABASE, "no database at all " * 100)
        writing.add_text(archive.KEY, "key")
        writing.close(archive.Manifest(clock.now().isoformat(), "sqlite", "0001", 1, {}))
    with pytest.raises(PortalError, match="damaged"):
        drill.verify(file)
