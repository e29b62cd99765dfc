"""The process that looks what is due and what was forgotten; any number of them may run."""

import logging
import os
import threading
import time
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask
from redis import RedisError

from portal import clock
from portal.extensions import db
from portal.jobs import presence, schedules
from portal.jobs.model import Job
from portal.jobs.queue import bell_queue, ring
from portal.jobs.run import claimable

BELLS = 500
log = logging.getLogger(__name__)
SWEEPERS: list[Callable[[], object]] = []
"""More to look after at every sweep; filled by `wiring`."""


def sweep() -> int:
    """Ring for every job that could run but has no bell; returns for how many."""
    query = sa.select(Job.id).where(claimable(clock.now())).order_by(Job.id).limit(BELLS)
    waiting = list(db.session.scalars(query))
    db.session.rollback()
    if not waiting:
        return 0
    try:
        bells = set(bell_queue().get_job_ids())
    except (RedisError, OSError):
        return 0
    silent = [job_id for job_id in waiting if f"job-{job_id}" not in bells]
    return len(silent) if ring(silent) else 0


def serve(app: Flask, stop: threading.Event) -> None:
    """Tick every second and sweep every few until `stop` is set; a database that is away is tried again."""
    name = f"{os.uname().nodename}-{os.getpid()}-scheduler"
    every, next_sweep, next_beat = app.config["PORTAL"].sweep_seconds, 0.0, 0.0
    while not stop.is_set():
        with app.app_context():
            now = time.monotonic()
            try:
                schedules.tick()
                if now >= next_sweep:
                    next_sweep = now + every
                    sweep()
                    for sweeper in SWEEPERS:
                        sweeper()
                if now >= next_beat:
                    next_beat = now + 15
                    presence.beat("scheduler", name)
            except Exception:
                log.exception("scheduler stumbled")
        stop.wait(1.0)
    with app.app_context():
        presence.leave(name)
