"""The worker process: bells, kills, shutdown, and S10: forged jobs in Redis are not executed."""

import json
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from portal import Portal, audit, jobs
from portal.extensions import db, redis_client, transaction
from portal.jobs import scheduler
from portal.settings import Settings
from tests.jobs import workbench
from tests.jobs.workbench import GATE, PATIENCE, running, state, wait_for

pytestmark = [pytest.mark.fault, pytest.mark.long]


@pytest.fixture(autouse=True)
def kinds(app: Portal) -> None:
    workbench.register()


def ask(kind: str, **arguments: Any) -> int:
    with transaction():
        return jobs.enqueue(kind, arguments).id


def counted(job_id: int) -> Counter[int]:
    """How often each number was written."""
    db.session.rollback()
    lines = db.session.scalars(audit.lines(entity="job", record_id=job_id, action="test.count"))
    return Counter((line.data or {})["number"] for line in lines)


def test_a_worker_answers_the_bell(settings: Settings) -> None:
    job_id = ask("test.count", to=5)
    with running("worker", settings):
        wait_for(lambda: state(job_id) == "done")
    assert counted(job_id) == dict.fromkeys(range(1, 6), 1)


def test_a_killed_job_resumes_at_its_last_batch(settings: Settings, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    job_id = ask("test.count", to=20, gate=str(gate))
    with running("worker", settings) as victim:
        wait_for(lambda: len(counted(job_id)) == GATE)
        victim.kill()
        victim.wait()
    assert state(job_id) == "running"
    gate.touch()
    with running("worker", settings), running("scheduler", settings):
        wait_for(lambda: state(job_id) == "done")
    assert counted(job_id) == dict.fromkeys(range(1, 21), 1)


def test_a_worker_that_shuts_down_hands_its_job_back(settings: Settings) -> None:
    job_id = ask("test.count", to=10_000, pause=0.05)
    with running("worker", settings) as process:
        wait_for(lambda: len(counted(job_id)) >= 2)
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    assert process.returncode == 0
    assert state(job_id) == "queued"
    assert counted(job_id) == dict.fromkeys(range(1, len(counted(job_id)) + 1), 1)


def test_a_job_that_kills_its_process_is_dead_after_three(settings: Settings) -> None:
    poison, good = ask("test.crash"), ask("test.count", to=2)
    with running("worker", settings), running("scheduler", settings):
        wait_for(lambda: state(poison) == "dead" and state(good) == "done")


def forge(job_id: str, data: bytes, **more: str) -> None:
    """Write an RQ job as somebody who can reach Redis would."""
    fields = {"data": data, "origin": "portal", "status": "queued", "timeout": "-1", **more}
    redis_client().hset(f"rq:job:{job_id}", mapping=fields)
    redis_client().rpush("rq:queue:portal", job_id)


def test_forged_jobs_are_refused(settings: Settings, tmp_path: Path) -> None:
    mark = tmp_path / "owned"
    touch = f"touch {mark}"
    run = "portal.jobs.worker.run"
    good = ask("test.count", to=2)
    payloads = [
        ["os.system", None, [touch], {}],
        ["subprocess.getoutput", None, [touch], {}],
        ["portal.jobs.worker.run", None, [touch], {}],
        [run, None, [good, touch], {}],
        [run, None, [], {"job_id": good}],
        [run, None, [True], {}],
        [run, None, [-1], {}],
        [run, None, [2**70], {}],
        [run, "os", ["system"], {}],
        {"a": 1},
        [],
        None,
        "x" * 100_000,
        [run, None, [[[[[]]]]], {}],
    ]
    for number, payload in enumerate(payloads):
        forge(f"forged-{number}", json.dumps(payload).encode())
    forge("junk", b"\x80\x04cos\nsystem\n(S'" + touch.encode() + b"'\ntR.")
    forge("bomb", b"[" * 100_000)
    forge("none", b"")
    callback = {"success_callback_name": "os.system", "failure_callback_name": "os.system"}
    webhook = json.dumps([{"url": "http://127.0.0.1:9/", "job_status": "finished", "method": "POST"}])
    forge("callback", json.dumps([run, None, [good], {}]).encode(), **callback, webhooks=webhook, retries_left="9")
    redis_client().set("rq:suspended", "1")
    with running("worker", settings, "burst") as process:
        process.wait(PATIENCE)
    assert process.returncode == 0
    assert not mark.exists()
    assert counted(good) == {1: 1, 2: 1}
    assert not redis_client().keys("rq:job:*")


def test_a_silent_job_is_rung_again(settings: Settings) -> None:
    job_id = ask("test.count", to=1)
    redis_client().flushall()
    assert scheduler.sweep() == 1
    assert scheduler.sweep() == 0
    assert redis_client().lrange("rq:queue:portal", 0, -1) == [f"job-{job_id}".encode()]


def test_asking_with_redis_away_is_quick_and_lasting(app: Portal, settings: Settings) -> None:
    app.extensions.pop("redis").close()
    app.config["PORTAL"] = Settings.from_environment(
        {"PORTAL_MODE": "test", "PORTAL_INSTANCE": str(settings.instance), "REDIS_URL": "unix:///nowhere/valkey.sock"}
    )
    started = time.monotonic()
    job_id = ask("test.count", to=1)
    assert time.monotonic() - started < 5
    assert state(job_id) == "queued"
