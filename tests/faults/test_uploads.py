"""F11: uploads that are too large, chunked or cut, and many slow connections, against the web server that is served."""

import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ENGINES
from tests.faults.figures import FULL, figures
from tests.faults.site import KEY, Site, Visitor, cookie_of, site

pytestmark = [pytest.mark.fault, pytest.mark.long]

MEGABYTES = 64 if FULL else 1  # the limit: what nobody set, or little
LIMIT = MEGABYTES * 1024 * 1024
CLAIMED = 5 * 1024**3
SENT = CLAIMED if FULL else 8 * LIMIT
BLOCK = 1 << 16
WITHIN, BESIDE = (1.0, 0.01) if FULL else (10.0, 5.0)
"""Seconds. Small, the machine is shared; that it does not wait is seen all the same: no body here ever ends."""
SLOW, ASKED = (500, 200) if FULL else (24, 20)
HEAD = (
    "POST /customers/1/files HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
    "Content-Type: multipart/form-data; boundary=cut\r\n{length}\r\n\r\n"
)
PART = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'


@pytest.fixture(params=ENGINES if FULL else ["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Small on SQLite alone: hardly anything of this reaches the database."""
    return str(request.param)


@pytest.fixture
def served(app: Any, people: Any, make: Any, tmp_path: Path) -> Iterator[tuple[Site, Visitor, Path]]:
    """The web server with a folder of its own for temporary files."""
    make("customer", by=people.alice, name="Acme")
    app.config["SECRET_KEY"] = KEY
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    visitor = cookie_of(app, "alice")
    with site(app, tmp_path, PORTAL_UPLOAD_MEGABYTES=str(MEGABYTES), TMPDIR=str(temporary)) as running:
        yield running, Visitor(running, visitor), temporary


def opened(running: Site, visitor: Visitor, length: str) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", running.port), timeout=30)
    line.sendall(HEAD.format(cookie=visitor.cookie, length=length).encode())
    return line


def answered(line: socket.socket) -> int:
    """The status of the answer."""
    said = b""
    while b"\r\n" not in said and (more := line.recv(4096)):
        said += more
    return int(said.split(b" ")[1]) if said else 0


def left(instance: Path, temporary: Path) -> list[str]:
    """Temporary files that lie anywhere."""
    uploads = instance / "files" / ".uploads"
    folders = [folder for folder in (temporary, uploads) if folder.is_dir()]
    return sorted(path.name for folder in folders for path in folder.iterdir())


def test_uploads_too_large_cut_and_slow(served: Any, tmp_path: Path, engine_name: str) -> None:
    running, visitor, temporary = served
    told = too_large_is_told_at_once(running, visitor)
    assert left(tmp_path, temporary) == []
    what_is_cut_leaves_nothing(running, visitor, tmp_path, temporary)
    beside, alone = many_slow_connections_keep_nobody_waiting(running, visitor)
    assert left(tmp_path, temporary) == []
    figures(
        f"F11 {engine_name}: limit {MEGABYTES} MB, 5 GB claimed: 413 after {told[0]:.2f} s where the size is declared, "
        f"{told[1]:.2f} s after the limit in chunks; cut: 0 records, 0 temporary files left; p95 of a list with {SLOW} "
        f"slow connections {beside * 1000:.0f} ms, without {alone * 1000:.0f} ms"
    )
    assert max(told) <= WITHIN
    assert beside <= 2 * alone + BESIDE


def too_large_is_told_at_once(running: Site, visitor: Visitor) -> tuple[float, float]:
    """413 within a second of crossing the limit, whether the size was declared or not."""
    with opened(running, visitor, f"Content-Length: {CLAIMED}") as line:
        began = time.monotonic()
        assert answered(line) == 413
        declared = time.monotonic() - began
    with opened(running, visitor, "Transfer-Encoding: chunked") as line:
        crossed, status = _chunks(line)
        chunked = time.monotonic() - crossed
    assert status == 413
    return declared, chunked


def _chunks(line: socket.socket) -> tuple[float, int]:
    """Send chunks until there is an answer; when the limit was crossed, and the status."""
    crossed, sent, block = 0.0, 0, PART + b"x" * (BLOCK - len(PART))
    line.settimeout(0.001)
    while sent < SENT:
        try:
            line.settimeout(5)
            line.sendall(b"%x\r\n%s\r\n" % (len(block), block))
        except OSError:
            break
        sent += len(block)
        if not crossed and sent > LIMIT:
            crossed = time.monotonic()
        line.settimeout(0.001)
        try:
            if line.recv(1, socket.MSG_PEEK):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    line.settimeout(60)
    return crossed or time.monotonic(), answered(line)


def what_is_cut_leaves_nothing(running: Site, visitor: Visitor, instance: Path, temporary: Path) -> None:
    """A connection that ends in the middle: no record, no file, nothing temporary."""
    for length in (f"Content-Length: {LIMIT - 100}", "Transfer-Encoding: chunked"):
        with opened(running, visitor, length) as line:
            body = PART + b"x" * (LIMIT // 2)
            line.sendall(body if "Length" in length else b"%x\r\n%s\r\n" % (len(body), body))
    assert visitor.get("/customers").status == 200
    end = time.monotonic() + 60
    while left(instance, temporary) and time.monotonic() < end:
        visitor.get("/health")
    assert left(instance, temporary) == []
    assert visitor.get("/customers/1").text.count("files-line") == 0


def many_slow_connections_keep_nobody_waiting(running: Site, visitor: Visitor) -> tuple[float, float]:
    """Half of them stop within the head, half within the body; p95 of a page with them and without."""
    alone = statistics.quantiles([visitor.get("/customers").seconds for _ in range(ASKED)], n=20)[-1]
    with ExitStack() as stack:
        for at in range(SLOW):
            line = stack.enter_context(opened(running, visitor, "Content-Length: 1000")) if at % 2 else None
            if line is None:
                line = stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=30))
                line.sendall(b"POST /customers HTTP/1.1\r\nHost: a\r\n")
            else:
                line.sendall(PART)
        beside = [visitor.get("/customers") for _ in range(ASKED)]
    assert {answer.status for answer in beside} == {200}
    return statistics.quantiles([answer.seconds for answer in beside], n=20)[-1], alone
