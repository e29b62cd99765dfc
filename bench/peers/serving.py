"""Servers of both sides under the same gunicorn, ended by their ids."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.peers.browser import Browser, wait_for

PATIENCE = 20
OPTIONS = {"worker-class": "sync", "workers": 1, "threads": 1, "timeout": 900, "log-level": "warning"}


def gunicorn(python: str, port: int, application: str) -> list[str]:
    """One sync worker, whichever side it is; what it beats on lies in memory, as in `portal up`."""
    given = {"bind": f"127.0.0.1:{port}", **OPTIONS}
    if Path("/dev/shm").is_dir():
        given["worker-tmp-dir"] = "/dev/shm"
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    return [python, "-m", "gunicorn", *words, "--no-control-socket", application]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str], folder: Path, log: Path
) -> Iterator[list[int]]:
    """Processes, each a group of its own; their ids in the same order. They are gone afterwards."""
    started: list[subprocess.Popen[bytes]] = []
    with log.open("ab") as out:
        told = {"env": {**os.environ, **environment}, "cwd": folder, "stdout": out, "stderr": out}
        try:
            for command in commands:
                started.append(subprocess.Popen(command, start_new_session=True, **told))
            yield [one.pid for one in started]
        finally:
            for one in reversed(started):
                _end(one)


def answering(port: int, address: str) -> Browser:
    """A browser before a server that has come up."""
    browser = Browser(port)
    wait_for(browser, address)
    return browser


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE)
    with suppress(ProcessLookupError):  # what is left of its group: a job in the middle, or itself
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
