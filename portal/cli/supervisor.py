"""Starts processes, restarts those that die, and stops them all by their ids."""

import ctypes
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

START = 120.0
"""Seconds a part may take until it answers; machines are busy at times."""
PATIENCE = 12.0
"""Seconds a process has to end by itself."""
PAUSES = (0.5, 1.0, 2.0, 5.0)
"""Seconds before a restart: longer after each death in a row."""
STEADY = 30.0
"""A process that lived so many seconds starts with the shortest pause again."""
log = logging.getLogger(__name__)


@dataclass
class Child:
    """A process that has to run."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = field(default=0.0)

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the supervisor only."""
        self.process = subprocess.Popen(self.command, start_new_session=True, preexec_fn=_end_with_parent)
        self.started = time.monotonic()

    @property
    def lives(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def mourn(self, now: float) -> None:
        """Note a death and when to start it again."""
        self.deaths = 0 if now - self.started > STEADY else self.deaths + 1
        self.due = now + PAUSES[min(self.deaths, len(PAUSES) - 1)]
        code = self.process.returncode if self.process else None
        log.warning("process died", extra={"child": self.name, "code": code})
        self.process = None


class Supervisor:
    """A handful of children in the order of their start; they are stopped in the opposite order."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.stopping = False

    def add(self, name: str, command: Sequence[str], until: Callable[[], bool] | None = None) -> None:
        """Start a child and wait until it is ready; raises RuntimeError when it dies or takes too long."""
        child = Child(name, command)
        self.children.append(child)
        child.start()
        end = time.monotonic() + START
        while until is not None and not self.stopping and not until():
            if not child.lives or time.monotonic() > end:
                raise RuntimeError(f"{name} did not start")
            time.sleep(0.05)

    def watch(self) -> None:
        """Keep all children running until a signal says stop."""
        while not self.stopping:
            now = time.monotonic()
            for child in self.children:
                if child.process is not None and not child.lives:
                    child.mourn(now)
                if child.process is None and now >= child.due:
                    child.start()
            time.sleep(0.2)

    def obey_signals(self) -> None:
        """Let SIGTERM and Ctrl-C end `watch`."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: setattr(self, "stopping", True))

    def stop(self) -> None:
        """Stop all: first whatever stands on the others, the first started last."""
        self.stopping = True
        _end(self.children[1:])
        _end(self.children[:1])


def _end(children: list[Child]) -> None:
    for number, patience in ((signal.SIGTERM, PATIENCE), (signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0)):
        for child in children:
            if child.lives and child.process:
                child.process.send_signal(number)
        end = time.monotonic() + patience
        while any(child.lives for child in children) and time.monotonic() < end:
            time.sleep(0.05)


def _end_with_parent() -> None:
    """Linux: a killed launcher takes its children along (prctl's PR_SET_PDEATHSIG is 1)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
