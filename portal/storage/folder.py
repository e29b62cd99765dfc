"""The store of one machine: a folder beside the database, outside of what the web server serves."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from portal.storage.store import Absent, Blob, address

NAMED = re.compile(r"[0-9a-f]{64}")


class Folder:
    """Files named by their checksum."""

    key = "folder"

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, digest: str, path: Path) -> None:
        """Move the file to its place, in one step."""
        place = self._place(digest)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.replace(place)

    def open(self, digest: str, start: int = 0) -> IO[bytes]:
        """The open file."""
        try:
            stream = self._place(digest).open("rb")
        except FileNotFoundError:
            raise Absent(digest) from None
        stream.seek(start)
        return stream

    def size(self, digest: str) -> int | None:
        """The size of the file."""
        place = self._place(digest)
        return place.stat().st_size if place.is_file() else None

    def delete(self, digest: str) -> None:
        """Delete the file."""
        self._place(digest).unlink(missing_ok=True)

    def blobs(self) -> Iterator[Blob]:
        """The files under names that a checksum may have."""
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if NAMED.fullmatch(path.name) and path.is_file():
                    found = path.stat()
                    yield Blob(path.name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def path(self, digest: str) -> Path:
        """Where the bytes lie; raises Absent."""
        place = self._place(digest)
        if not place.is_file():
            raise Absent(digest)
        return place

    def _place(self, digest: str) -> Path:
        return self.root / address(digest)
