"""Follows every address a person is offered, and reads whatever comes back."""

import html
import io
import re
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

LINK = re.compile(r"""\b(?:href|action|hx-get|data-href|src)=["']([^"'#]+)["']""")


def crawl(client: Any, starts: Iterable[str], limit: int = 250) -> Iterator[tuple[str, str]]:
    """Every address reached by GET and its text; each kind of address a few times only."""
    waiting, seen, kinds = deque(starts), set(), {}
    while waiting and len(seen) < limit:
        address = waiting.popleft()
        kind = (
            re.sub(r"\d+", "0", address.split("?")[0]) + "?" + ",".join(sorted(re.findall(r"[?&]([\w.]+)=", address)))
        )
        kinds[kind] = kinds.get(kind, 0) + 1
        if address in seen or kinds[kind] > 6:
            continue
        seen.add(address)
        answer = client.get(address, buffered=True)
        text = readable(answer)
        yield address, text
        if answer.mimetype == "text/html":
            waiting.extend(
                link for raw in LINK.findall(text) if (link := html.unescape(raw)).startswith("/") and not _skip(link)
            )
        if "Location" in answer.headers:
            waiting.append(answer.headers["Location"])


def _skip(address: str) -> bool:
    return address.startswith(("//", "/static/", "/sign-out"))


def readable(answer: Any) -> str:
    """The body as text; the parts of a workbook are unpacked."""
    body: bytes = answer.get_data()
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            body = b"\n".join(parts.read(name) for name in parts.namelist())
    return body.decode("utf-8", "replace") + "\n".join(f"{name}: {value}" for name, value in answer.headers)
