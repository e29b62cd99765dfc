"""The worker class of the web server: a request gets a thread when all of it has arrived, not when it begins.

Otherwise a few clients that send a byte a second would keep all threads to themselves. What a client sends is gathered
by the loop that waits for connections anyway, in memory at first and then in a file without a name. Whatever does not
look as expected is handed on as it is: the server behind knows what to say.
"""

import re
import selectors
import tempfile
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from portal.settings import Settings

BLOCK = 1 << 16
HEAD = 1 << 16  # bytes in which a head must end
IDLE = 60.0  # seconds without a byte after which a client is given up
END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked", re.IGNORECASE)
EXPECTS = re.compile(rb"\r\nexpect:", re.IGNORECASE)


class Gathered:
    """A socket whose first bytes have been read already: the server reads them as if they came just now."""

    def __init__(self, sock: Any, limit: int) -> None:
        self.sock, self.limit = sock, limit
        self.begin()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)

    def begin(self) -> None:
        """Wait for one more request."""
        self.kept: Any = tempfile.SpooledTemporaryFile(BLOCK)  # noqa: SIM115  closed when it has been read
        self.head, self.size, self.wanted, self.tail, self.since = b"", 0, 0, b"", time.monotonic()

    def gather(self) -> bool:
        """Take what is there; whether the request can be handed on. Raises OSError where the client is gone."""
        data = self.sock.recv(BLOCK)
        if not data and not self.size:
            raise ConnectionResetError
        self.kept.write(data)
        self.size, self.since, self.tail = self.size + len(data), time.monotonic(), (self.tail + data)[-5:]
        if not self.wanted:
            self.head += data
            self.wanted = self._told()
        return not data or 0 < self.wanted <= self.size or (self.wanted < 0 and self.tail == b"0" + END)

    def _told(self) -> int:
        """How many bytes the request has, head and all; -1 where its end is seen from its chunks, 0 as yet unknown."""
        place = self.head.find(END)
        if place < 0:
            return 1 if len(self.head) > HEAD else 0
        head, self.head = self.head[: place + 2], b""
        found = LENGTH.search(head)
        length = int(found[1]) if found else 0
        if EXPECTS.search(head) or length > self.limit:
            return 1
        return -1 if CHUNKED.search(head) else place + len(END) + length

    def hand_on(self) -> None:
        """Let the server read from the first byte on."""
        self.kept.seek(0)

    def recv(self, size: int, *flags: int) -> bytes:
        """What was gathered, then what comes."""
        if self.kept is not None:
            if data := bytes(self.kept.read(size)):
                return data
            self.kept.close()
            self.kept = None
        return bytes(self.sock.recv(size, *flags))

    def close(self) -> None:
        """Let go of both."""
        if self.kept is not None:
            self.kept.close()
        self.sock.close()


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, for whole requests."""

    def init_process(self) -> None:
        """Know how much a request may hold; the base never returns from here."""
        self.limit = Settings.from_environment().upload_megabytes * 1024 * 1024
        self.gathering: set[Any] = set()
        super().init_process()

    def enqueue_req(self, conn: Any) -> None:
        """Called for a connection that is new or readable again: gather first."""
        if not isinstance(conn.sock, Gathered):
            conn.sock = Gathered(conn.sock, self.limit)
        elif not conn.parser.unreader.buf.getvalue():
            conn.sock.begin()
        else:
            super().enqueue_req(conn)  # the next request was read with the one before
            return
        conn.sock.setblocking(False)
        self.gathering.add(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._gather, conn))

    def murder_pending(self) -> None:
        """Give up who sends nothing any more, too; when the server stops, whoever has sent nothing yet."""
        super().murder_pending()
        late = time.monotonic() - IDLE
        for conn in list(self.gathering):
            if conn.sock.since < late or (not self.alive and not conn.sock.size):
                self._drop(conn)

    def _gather(self, conn: Any, sock: Any) -> None:
        try:
            is_whole = conn.sock.gather() or conn.sock.size > self.limit + HEAD
        except BlockingIOError:
            return
        except OSError:
            self._drop(conn)
            return
        if is_whole:
            self.gathering.discard(conn)
            self.poller.unregister(sock)
            conn.sock.hand_on()
            conn.data_ready = True
            super().enqueue_req(conn)

    def _drop(self, conn: Any) -> None:
        self.gathering.discard(conn)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()
