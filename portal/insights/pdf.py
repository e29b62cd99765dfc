"""HTML to PDF in a limited child process: own fonts, tags, bookmarks, and no address fetched."""

import atexit
import json
import os
import re
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from flask_babel import lazy_gettext as _

from portal.errors import PortalError
from portal.insights import fonts, rooms

CPU_SECONDS = 15
CPU_SECONDS_PER_MEGABYTE = 100
MEMORY = 1_150_000_000  # bytes of address space, of which 150 MB are libraries: a report of 100 pages fills 840 MB
_CLOSING = "，。、；：！？）》」』】〉”’"
_OPENING = "（《「『【〈“‘"
_HALF = re.compile(f"([{_CLOSING}])(?=[{_CLOSING}{_OPENING}])|(?<=[{_OPENING}])([{_OPENING}])")
_TEXT = re.compile(r">[^<]+<")


class TypesettingFailed(PortalError):
    """The document broke the limits of its process or could not be laid out."""


@dataclass(frozen=True)
class Pdf:
    """A finished document: its bytes and its number of pages."""

    body: bytes
    pages: int


def squeeze(html: str) -> str:
    """Set the first of two neighbouring full-width marks half as wide (W3C clreq 3.1.6)."""

    def mark(match: re.Match[str]) -> str:
        return f'<span class="half">{match[0]}</span>'

    return _TEXT.sub(lambda text: _HALF.sub(mark, text[0]), html)


def dress(html: str) -> str:
    """Return the HTML with its font rules in the head and its punctuation squeezed."""
    head, body = html.split("<body", 1)
    faces = f"<style>{fonts.faces(html)}</style></head>"
    return head.replace("</head>", faces) + "<body" + squeeze(body)


class Typesetter:
    """The running program; one document at a time, started anew after a failure."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.program: subprocess.Popen[bytes] | None = None
        self.folder = ""

    def __call__(self, html: str) -> Pdf:
        cpu = CPU_SECONDS + len(html) * CPU_SECONDS_PER_MEGABYTE // 1_000_000
        order = {"html": html, "cpu": cpu, "memory": MEMORY}
        with self.lock:
            try:
                return self._ask(order, time.monotonic() + 3 * cpu)
            except (OSError, ValueError, TimeoutError) as error:
                self.stop()
                raise TypesettingFailed(_("The document could not be laid out within its limits.")) from error

    def _ask(self, order: dict[str, object], until: float) -> Pdf:
        program = self._running()
        assert program.stdin is not None and program.stdout is not None
        program.stdin.write(json.dumps(order).encode() + b"\n")
        program.stdin.flush()
        reader = _Reader(program.stdout, until)
        head: dict[str, Any] = json.loads(reader.line())
        if "error" in head:
            raise ValueError(head["error"])
        return Pdf(reader.exactly(head["size"]), head["pages"])

    def _running(self) -> subprocess.Popen[bytes]:
        if self.program is None or self.program.poll() is not None:
            path = Path(__file__).with_name("typesetter.py")
            if self.folder:
                rooms.end(self.folder)
            self.folder, holder = rooms.begin()
            try:
                self.program = subprocess.Popen(
                    [sys.executable, "-I", str(path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={"LANG": "C.UTF-8", "TMPDIR": self.folder},
                    pass_fds=(holder,),
                )
            finally:
                os.close(holder)
        return self.program

    def stop(self) -> None:
        """End the program; its child dies of its own CPU limit at the latest."""
        if self.program is not None:
            for pipe in (self.program.stdin, self.program.stdout):
                if pipe is not None:
                    pipe.close()
            self.program.kill()
            self.program.wait()
        self.program = None
        if self.folder:
            rooms.end(self.folder)  # also what a killed child left there
            self.folder = ""

    def forget(self) -> None:
        """Leave the parent's program to the parent after a fork."""
        self.__init__()  # type: ignore[misc]


class _Reader:
    """Reads from a pipe until a moment of the monotonic clock."""

    def __init__(self, pipe: IO[bytes], until: float) -> None:
        self.pipe, self.until, self.held = pipe, until, b""

    def _more(self) -> None:
        left = self.until - time.monotonic()
        if left <= 0 or not select.select([self.pipe], [], [], left)[0]:
            raise TimeoutError
        piece = os.read(self.pipe.fileno(), 1 << 20)
        if not piece:
            raise ValueError("the typesetter ended")
        self.held += piece

    def line(self) -> bytes:
        while b"\n" not in self.held:
            self._more()
        line, self.held = self.held.split(b"\n", 1)
        return line

    def exactly(self, size: int) -> bytes:
        while len(self.held) < size:
            self._more()
        return self.held[:size]


_typesetter = Typesetter()
os.register_at_fork(after_in_child=_typesetter.forget)


def render(html: str) -> Pdf:
    """Lay the HTML document out as a tagged PDF; raises TypesettingFailed past its limits."""
    return _typesetter(dress(html))


def close() -> None:
    """Stop the program that this process keeps for its documents."""
    _typesetter.stop()


atexit.register(close)
