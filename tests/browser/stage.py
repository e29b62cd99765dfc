"""The whole portal as `portal up --demo` runs it, on either engine, with a mail server that keeps what it gets."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.sink import Sink, sink

PASSWORD = "kehu-story-2026"
PATIENCE = 240.0
"""Seconds for set-up and demo data; a busy machine takes its time."""


@dataclass
class Stage:
    """Where the portal is and what its mail server got."""

    base: str
    sink: Sink
    folder: Path
    launcher: subprocess.Popen[bytes]

    def health(self) -> dict[str, object]:
        """What /health says."""
        with urllib.request.urlopen(f"{self.base}/health", timeout=10) as answer:
            return dict(json.load(answer))


@contextmanager
def stage(database_url: str, folder: Path) -> Iterator[Stage]:
    """A running portal with demo data; stopped by Ctrl-C as a person would."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with sink() as server:
        given = {
            "PORT": str(port),
            "PORTAL_INSTANCE": str(folder),
            "PORTAL_DATABASE_URL": database_url,
            "PORTAL_DEMO_PASSWORD": PASSWORD,
            "PORTAL_SWEEP_SECONDS": "1",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(server.port),
            "SMTP_FROM": "portal@kehu.example.com",
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "REDIS_"))}
        command = [sys.executable, "-m", "portal.cli", "up", "--demo"]
        log = (folder / "up.log").open("wb")
        launcher = subprocess.Popen(command, env=environment | given, stdout=log, stderr=log, start_new_session=True)
        try:
            found = Stage(f"http://127.0.0.1:{port}", server, folder, launcher)
            _wait(found)
            yield found
        finally:
            launcher.send_signal(signal.SIGINT)
            ended = launcher.wait(90)
            log.close()
        assert ended == 0, (folder / "up.log").read_text()[-3000:]


def _wait(found: Stage) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert found.launcher.poll() is None, (found.folder / "up.log").read_text()[-3000:]
        try:
            if found.health()["status"] == "ok":
                return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.25)
    raise AssertionError((found.folder / "up.log").read_text()[-3000:])
