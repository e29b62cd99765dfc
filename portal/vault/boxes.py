"""What else holds values for a while: rows of imports, messages to other systems, what a job is told, a file's bytes.

They are sealed with keys derived from the portal's own, one for each purpose, and are not sealed anew: they go when
what they belong to goes.
"""

import base64
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from flask import current_app

from portal.keys import derived
from portal.vault.ciphers import CIPHERS, Broken, Cipher
from portal.vault.keyring import Unreadable

START = b"kehu-sealed-1\n"
BLOCK = 1 << 16
SHORT = 4  # bytes that say how long a sealed block is
MEMORY = Path("/dev/shm")  # nosec B108: a folder in memory, of names nobody guesses


class SealedJson(sa.types.TypeDecorator[Any]):
    """JSON that only this portal reads, whoever has the database; None stays None."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else shut(value, self.purpose)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return None if value is None else unshut(value, self.purpose)


def shut(value: Any, purpose: str) -> str:
    """A value of JSON as a text that only this portal reads: for one part of what stands in a column as it is."""
    name = current_app.config["PORTAL"].cipher
    told = json.dumps(value, ensure_ascii=False).encode()
    return f"{name}:{base64.b64encode(_box(purpose, name).seal(told, purpose.encode())).decode()}"


def unshut(text: str, purpose: str) -> Any:
    """The value again; raises Unreadable."""
    name, _, body = text.partition(":")
    try:
        return json.loads(_box(purpose, name).open(base64.b64decode(body), purpose.encode()))
    except (Broken, KeyError, ValueError) as problem:
        raise Unreadable(purpose) from problem


@contextmanager
def sealed(stream: IO[bytes], purpose: str) -> Iterator[IO[bytes]]:
    """The bytes of a stream sealed, block by block in their order, as another stream."""
    name = current_app.config["PORTAL"].cipher
    box = _box(purpose, name)
    with tempfile.TemporaryFile() as kept:
        kept.write(START + name.encode() + b"\n")
        at = 0
        while block := stream.read(BLOCK):
            _put(kept, box.seal(block, _place(purpose, at)))
            at += 1
        _put(kept, box.seal(b"", _place(purpose, at)))  # an end that cannot be cut off
        kept.seek(0)
        yield kept


@contextmanager
def opened(path: Path, purpose: str) -> Iterator[Path]:
    """A file as it was before it was sealed, for as long as it is needed; one that was not is itself."""
    with path.open("rb") as stream:
        if stream.read(len(START)) != START:
            yield path
            return
        name = stream.readline().decode().strip()
        with tempfile.TemporaryDirectory(prefix="portal-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
            plain = Path(folder) / "file"
            with plain.open("wb") as kept:
                for block in _blocks(stream, name, purpose):
                    kept.write(block)
            yield plain


def _blocks(stream: IO[bytes], name: str, purpose: str) -> Iterator[bytes]:
    at = 0
    while True:
        length = int.from_bytes(stream.read(SHORT))
        try:
            block = _box(purpose, name).open(stream.read(length), _place(purpose, at))
        except (Broken, KeyError) as problem:
            raise Unreadable(purpose) from problem
        if not block:
            return
        yield block
        at += 1


def _put(kept: IO[bytes], block: bytes) -> None:
    kept.write(len(block).to_bytes(SHORT) + block)


def _place(purpose: str, at: int) -> bytes:
    return f"{purpose}.{at}".encode()


def _box(purpose: str, name: str) -> Cipher:
    return _machine(name, derived(f"vault {purpose}"))


@lru_cache(maxsize=16)
def _machine(name: str, key: bytes) -> Cipher:
    return CIPHERS[name](key)
