"""Files that are written for one answer, and gone afterwards."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

BLOCK = 1 << 16


def blocks(path: Path) -> Iterator[bytes]:
    """A file, piece by piece."""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def once(write: Callable[[Path], object]) -> Iterator[bytes]:
    """What `write` puts into a file of its own, piece by piece."""
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        path = Path(folder) / "made"
        write(path)
        yield from blocks(path)
