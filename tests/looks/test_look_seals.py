"""Looks are digested into the sealed audit log, and forgotten in whole batches once they are old enough."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal import audit, clock, jobs, looks
from portal.extensions import db, transaction
from portal.looks import Look, Sight, guard, seals
from portal.settings import Settings, SettingsError


@pytest.fixture
def rows(app):
    """300 looks of long ago and 300 of an hour ago."""
    now = clock.now()
    with transaction():
        db.session.execute(
            sa.insert(Sight), [{"id": 1, "entity": "customer", "door": "records.show", "fields": "phone"}]
        )
        told = [
            {"at": at, "person_id": 2, "sight_id": 1, "request": number, "block": number, "bits": -1 if number else 1}
            for at in (now - timedelta(days=800), now - timedelta(hours=1))
            for number in range(300)
        ]
        db.session.execute(sa.insert(Look), told)
    return told


def without_guard(statement) -> None:
    """What somebody with the database in hand could do; PostgreSQL keeps its trigger, for others use it too."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.begin() as connection:
        silence = "DROP TRIGGER look_no_update" if is_sqlite else "SET LOCAL session_replication_role = replica"
        connection.execute(sa.text(silence))
        connection.execute(statement)


def test_batches_tell_what_was_changed_and_slipped_in(rows) -> None:
    assert seals.seal() == 600 and seals.seal() == 0
    assert list(seals.verify()) == []
    assert db.session.scalars(audit.lines(action=seals.DEED)).one().data["number"] == 600
    first, last = seals.last_sealed() - 599, seals.last_sealed()
    db.session.rollback()
    without_guard(sa.update(Look).where(Look.id == first + 5).values(person_id=3))
    assert list(seals.verify()) == [("looks_changed", first, last, 1)]


def test_young_looks_wait(rows) -> None:
    with transaction():
        db.session.execute(sa.insert(Look), [rows[-1] | {"at": clock.now()}])
    assert seals.seal() == 600
    assert seals.seal() == 0


def test_whole_batches_are_forgotten_when_they_are_old(app, rows, monkeypatch) -> None:
    monkeypatch.setattr(seals, "LOOKS", 300)
    assert seals.seal() == 600
    with transaction():
        job = jobs.enqueue("looks.tidy")
    assert jobs.run_now(job.id).result == 300
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Look)) == 300
    assert list(seals.verify()) == []  # what was forgotten by the rule is no fault


def test_what_is_young_cannot_be_deleted_even_by_hand(rows) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=guard.YOUNG), db.engine.begin() as connection:
        connection.execute(sa.delete(Look))


def test_no_setting_forgets_before_half_a_year(tmp_path) -> None:
    given = {"PORTAL_MODE": "test", "PORTAL_INSTANCE": str(tmp_path)}
    with pytest.raises(SettingsError, match="180"):
        Settings.from_environment(given | {"PORTAL_KEEP_LOOKS_DAYS": "30"})
    assert Settings.from_environment(given | {"PORTAL_KEEP_LOOKS_DAYS": "0"}).keep_looks_days == 0
    assert looks.guard.LEAST_DAYS == 180
