"""The launcher: starts everything, restarts what dies, stops everything, and keeps what was there."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.jobs.workbench import wait_for

pytestmark = [pytest.mark.fault, pytest.mark.long]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What `portal up` finds on a fresh machine, with a free port; the story starts and stops it on PostgreSQL too."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cleared = {key: value for key, value in os.environ.items() if not key.startswith(("PORTAL_", "REDIS_", "SMTP_"))}
    given = {"PORT": str(port), "PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_WEB_PROCESSES": "1"}
    return {**cleared, **given}


@contextmanager
def portal_up(environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A running launcher, ready to answer; killed at the end when it still lives."""
    out = (folder / "out.txt").open("wb")
    command = [sys.executable, "-m", "portal.cli", "up"]
    process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        wait_until(lambda: process.poll() is not None or b"Ctrl-C" in (folder / "out.txt").read_bytes())
        assert process.poll() is None, (folder / "out.txt").read_text()
        yield process
    finally:
        started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        process.wait()
        for one in started:  # each in a session of its own
            with suppress(psutil.NoSuchProcess):
                one.kill()
        out.close()


def wait_until(condition: Any) -> None:
    """As in the tests of jobs, but without a database."""
    from unittest import mock

    with mock.patch("tests.jobs.workbench.db"):
        wait_for(condition, 180)


def health(environment: dict[str, str]) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{environment['PORT']}/health", timeout=5) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def is_well(environment: dict[str, str]) -> bool:
    """Whether it says so; no answer is a no, for a worker may just be starting."""
    with suppress(OSError):
        return bool(health(environment)["status"] == "ok")
    return False


def find(launcher: int, word: str) -> list[psutil.Process]:
    """The launcher's direct children whose command has that word."""
    found = []
    for child in psutil.Process(launcher).children():
        with suppress(psutil.NoSuchProcess):  # a zombie is one of these
            found += [child] if word in child.cmdline() else []
    return found


def test_up_starts_mends_stops_and_starts_again(environment: dict[str, str], tmp_path: Path) -> None:
    with portal_up(environment, tmp_path) as process:
        wait_until(lambda: is_well(environment))
        assert health(environment)["release"] == 1
        assert [path for path in (tmp_path / "instance").rglob("*") if path.stat().st_mode & 0o077] == []
        (victim,) = find(process.pid, "worker")
        victim.kill()
        wait_until(lambda: [child for child in find(process.pid, "worker") if child.pid != victim.pid])
        everyone = psutil.Process(process.pid).children(recursive=True)
        assert len(everyone) >= 5
        process.send_signal(signal.SIGINT)
        assert process.wait(90) == 0
        assert psutil.wait_procs(everyone, timeout=20)[1] == []
    key = (tmp_path / "instance" / "secret_key").read_text()
    with portal_up(environment, tmp_path) as process:
        wait_until(lambda: is_well(environment))
        assert health(environment)["release"] == 1
        assert (tmp_path / "instance" / "secret_key").read_text() == key
        second = subprocess.run(
            [sys.executable, "-m", "portal.cli", "up"], env=environment, capture_output=True, check=False
        )
        assert second.returncode == 1
        assert b"already running" in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
