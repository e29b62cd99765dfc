"""Real workers and schedulers, with kinds of jobs made for tests: `python -m tests.jobs.workbench worker`."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path

from portal import audit, create_app, jobs, logs
from portal.extensions import db
from portal.jobs import Job, Work, scheduler, worker
from portal.settings import SETTINGS, Settings

PATIENCE = 90.0
"""Seconds that a condition may take which holds after two or three: other tests and processes share the machine."""
GATE = 5


def count(work: Work) -> int:
    """Write one audit line for each number, a batch each: slowly when asked, and not past five before `gate` is there.

    So a test that wants to meet the job half done need not be quicker than the job.
    """
    number, gate = work.checkpoint.get("number", 0), work.arguments.get("gate")
    while number < work.arguments["to"]:
        while gate and number == GATE and not Path(gate).exists():
            time.sleep(0.02)
        number += 1
        audit.record("test.count", by=None, entity="job", record_id=work.job_id, data={"number": number})
        time.sleep(work.arguments.get("pause", 0))
        work.advance(number, work.arguments["to"], checkpoint={"number": number})
    return number


def crash(work: Work) -> None:
    """Die at once, as after a segmentation fault."""
    os.kill(os.getpid(), signal.SIGKILL)


def register() -> None:
    """Make the kinds of this module known."""
    jobs.register("test.count", count, "count")
    jobs.register("test.crash", crash, "crash")


@contextmanager
def running(role: str, settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of that role on these settings; killed at the end when it still lives, with what it started."""
    variables = {setting.name: str(getattr(settings, setting.attribute)) for setting in SETTINGS}
    assert len(variables) == len(fields(Settings))
    command = [sys.executable, "-m", "tests.jobs.workbench", role, *arguments]
    process = subprocess.Popen(command, env={**os.environ, **variables}, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Look again and again until it holds; fails after many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
        db.session.rollback()


def state(job_id: int) -> str:
    """The state of a job as the database has it now."""
    db.session.rollback()
    return db.session.get_one(Job, job_id).state


def main(role: str, *arguments: str) -> None:
    """Be a worker or a scheduler until told to stop."""
    logs.configure()
    app = create_app()
    register()
    if role == "worker":
        worker.work(app, burst="burst" in arguments)
        return
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    scheduler.serve(app, stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
