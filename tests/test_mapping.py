"""How much of SQLite's file a process maps: what is mapped counts as its memory."""

from typing import Any

import pytest
import sqlalchemy as sa

from portal import sqlite
from portal.extensions import db
from portal.jobs import worker


def mapped() -> int:
    with db.engine.connect() as connection:
        return int(connection.execute(sa.text("PRAGMA mmap_size")).scalar_one())


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_jobs_map_little(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_mapped", [sqlite.MAPPED])
    monkeypatch.setattr(worker, "_app", [app])
    db.engine.dispose()
    assert mapped() == sqlite.MAPPED
    seen = list[int]()
    monkeypatch.setattr(worker, "perform", lambda job_id: seen.append(mapped()))
    db.session.remove()
    worker.run(7)
    assert seen == [sqlite.MAPPED_BY_JOBS] and sqlite.MAPPED_BY_JOBS < sqlite.MAPPED
    db.engine.dispose()
