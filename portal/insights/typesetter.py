"""A small program of its own that turns HTML into PDF, one forked and limited child for each document.

It reads one JSON line `{"html", "cpu", "memory"}` and answers one JSON line `{"pages", "size"}` followed by the bytes,
or `{"error"}`. It imports nothing of the portal, holds no secrets and opens no address but the fonts beside it.
"""

import json
import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

FONTS = Path(__file__).parent.parent / "static" / "fonts"


class Assets(URLFetcher):  # type: ignore[misc]
    """Answers `asset:<font file>` and refuses every other address, files and data included."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self.known = {f"asset:{path.name}": path for path in FONTS.glob("*.[ot]tf")}

    def fetch(self, url: str, headers: Any = None) -> Any:
        if url in self.known:
            return URLFetcherResponse(url, self.known[url].read_bytes(), {"Content-Type": "font/ttf"})
        return super().fetch(url, headers)


def typeset(html: str) -> tuple[bytes, int]:
    """Return the tagged PDF and its number of pages."""
    document = HTML(string=html, url_fetcher=Assets()).render()
    return document.write_pdf(pdf_tags=True), len(document.pages)


def limit(cpu: int, memory: int) -> None:
    """Bind this process to CPU seconds and bytes of address space; no core file, no growing file."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def reply(out: BinaryIO, head: dict[str, object], body: bytes = b"") -> None:
    out.write(json.dumps(head).encode() + b"\n" + body)
    out.flush()


def work(order: dict[str, Any], out: BinaryIO) -> None:
    limit(order["cpu"], order["memory"])
    try:
        body, pages = typeset(order["html"])
    except MemoryError:
        reply(out, {"error": "memory"})
    except Exception as error:
        reply(out, {"error": type(error).__name__})
    else:
        reply(out, {"pages": pages, "size": len(body)}, body)


def serve(orders: BinaryIO, out: BinaryIO) -> None:
    """Fork a child per order; when it dies without an answer, answer for it."""
    typeset("<p>warm</p>")
    for line in orders:
        with tempfile.TemporaryDirectory() as folder:  # of the fonts that a document embeds: 7 MB
            child = os.fork()
            if child == 0:
                tempfile.tempdir = folder
                work(json.loads(line), out)
                os._exit(0)
            _, status = os.waitpid(child, 0)
        if status != 0:
            reply(out, {"error": f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "exit"})


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)  # whoever gave the orders is gone, perhaps killed
