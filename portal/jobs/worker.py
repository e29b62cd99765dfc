"""The process that answers the bell: one child for each job; nothing from Redis but a job's id is believed."""

import ctypes
import json
import logging
import os
import signal
import sys
import zlib
from contextlib import suppress
from typing import Any

from flask import Flask
from redis import Redis, RedisError
from rq import Queue, Worker
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from rq.timeouts import HorseMonitorTimeoutException

from portal import sqlite
from portal.extensions import db
from portal.jobs import presence
from portal.jobs.queue import FUNCTION, QUEUE
from portal.jobs.run import run as perform
from portal.jobs.work import stop_asked

LARGEST = 200
"""Bytes a bell may have; a real one has about 50."""
log = logging.getLogger(__name__)
_app: list[Flask] = []


def run(job_id: int) -> None:
    """Do one job in a fresh application context; the only function a bell may name."""
    with _app[0].app_context():
        db.engine.dispose(close=False)  # the parent's connections are not ours
        sqlite.map_less()
        perform(job_id)


class Bell(RqJob):
    """What RQ carries. Of the hash in Redis only the data is read: no callback, webhook, retry or class name."""

    def restore(self, raw_data: Any) -> None:
        """Read nothing but `data`; anything odd leaves a bell without an id."""
        self.data = bytes(raw_data.get(b"data", b""))
        self.origin = QUEUE

    @property
    def asked_id(self) -> int | None:
        """The id of the job to run, or None for anything but `portal.jobs.worker.run` with one integer."""
        try:
            text = zlib.decompressobj().decompress(self.data, LARGEST)
            name, instance, arguments, named = json.loads(text)
            (job_id,) = arguments
        except (zlib.error, ValueError, TypeError, RecursionError):
            return None
        is_ours = name == FUNCTION and instance is None and named == {}
        return job_id if is_ours and type(job_id) is int and 0 < job_id < 2**63 else None


class JobWorker(Worker):
    """RQ's loop and signals; whatever would trust or need Redis beyond the list of bells is taken out."""

    max_connection_wait_time = 5.0

    def execute_job(self, job: RqJob, queue: Queue) -> None:
        """Answer one bell in a child process."""
        assert isinstance(job, Bell)
        with suppress(RedisError):
            self.connection.delete(job.key)
            self.connection.lrem(queue.intermediate_queue_key, 1, job.id)
        if job.asked_id is None:
            log.error("forged job refused")
            return
        self._state = "busy"  # RQ's shutdown looks here
        self.fork_work_horse(job, queue)
        self._await_child()
        self._state = "idle"

    def main_work_horse(self, job: RqJob, queue: Queue) -> None:
        """The child's whole life."""
        assert isinstance(job, Bell)
        _die_with_parent()
        self.setup_work_horse_signals()
        self._is_horse = True
        code = 1
        try:
            run(job.asked_id or 0)
            code = 0
        except BaseException:
            log.exception("job process failed")
        finally:
            sys.stderr.flush()
            os._exit(code)

    def setup_work_horse_signals(self) -> None:
        """SIGTERM asks the job to stop at its next batch border."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda number, frame: stop_asked.set())

    def handle_warm_shutdown_request(self) -> None:
        """Pass the wish on to the child."""
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)

    def _await_child(self) -> None:
        while True:
            try:
                with self.death_penalty_class(self.job_monitoring_interval, HorseMonitorTimeoutException):
                    self.wait_for_horse()
                break
            except HorseMonitorTimeoutException:
                self.heartbeat()
        self._horse_pid = 0

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Say in the database that this worker lives."""
        with _app[0].app_context():
            presence.beat("worker", self.name)

    def get_state(self) -> str:
        """The state as this process knows it."""
        return self._state

    def set_state(self, state: str, pipeline: Any = None) -> None:
        """Kept here, not in Redis."""
        self._state = state

    # RQ would keep accounts in Redis and obey commands from it; ours are in the database.
    def _nothing(self, *arguments: Any, **named: Any) -> None:
        return None

    register_birth = register_death = subscribe = unsubscribe = _nothing
    check_for_suspension = run_maintenance_tasks = set_shutdown_requested_date = _nothing

    def _set_ip_address(self, connection: Redis) -> None:
        self.ip_address = ""


def work(app: Flask, *, burst: bool = False) -> None:
    """Answer bells until SIGTERM or SIGINT; with `burst` until none is left."""
    _app[:] = [app]
    name = f"{os.uname().nodename}-{os.getpid()}"
    connection = Redis.from_url(app.config["PORTAL"].redis_url, socket_connect_timeout=2.0)
    worker = JobWorker(
        [Queue(QUEUE, connection=connection, serializer=JSONSerializer, job_class=Bell)],
        name=name,
        connection=connection,
        job_class=Bell,
        serializer=JSONSerializer,
        worker_ttl=30,
        job_monitoring_interval=15,
    )
    try:
        worker.work(burst=burst, logging_level="WARNING")
    finally:
        connection.close()
        with app.app_context():
            presence.leave(name)


def _die_with_parent() -> None:
    """Linux: a killed worker takes its child along, so the job's lease can end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
