"""What every store can do; bytes are named by the SHA-256 of all of them, in hexadecimal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol


class Absent(Exception):
    """The store has no bytes of that name."""


@dataclass(frozen=True)
class Blob:
    """Bytes that a store holds; `since` is when they were last put there."""

    digest: str
    size: int
    since: datetime


class Store(Protocol):
    """Keeps bytes and never changes them; nothing of it is ever reached but through the portal."""

    key: str

    def put(self, digest: str, path: Path) -> None:
        """Keep the bytes of the file, which may be taken away; putting them again makes them new."""

    def open(self, digest: str, start: int = 0) -> IO[bytes]:
        """The bytes from that one on, to be read in blocks and closed; raises Absent."""

    def size(self, digest: str) -> int | None:
        """How many bytes there are; None where it holds none of that name."""

    def delete(self, digest: str) -> None:
        """Let go of the bytes; without any there is nothing to do."""

    def blobs(self) -> Iterator[Blob]:
        """All that it holds."""


def address(digest: str) -> str:
    """Where bytes lie within a store."""
    return f"{digest[:2]}/{digest}"
