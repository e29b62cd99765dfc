"""The file of a backup: a compressed tar of database, stored files and key; its last member says what each must be."""

import hashlib
import json
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO

from portal.errors import PortalError

FORMAT = "kehu-backup-1"
MANIFEST, DATABASE, KEY = "manifest.json", "database", "secret_key"
MEMBER = re.compile(rf"{MANIFEST}|{DATABASE}|{KEY}|files/(?P<folder>[0-9a-f]{{2}})/(?P=folder)[0-9a-f]{{62}}")
BLOCK = 1 << 20
LEVEL = 3
"""Of gzip: a database shrinks to a quarter, and a disk is faster than level 6."""


class Damaged(PortalError):
    """The file is not a backup, was cut off or was changed."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    `made_at` is ISO 8601 in UTC, `revision` that of the system tables, `rows` the number of rows of each table in
    the moment of the snapshot, `members` the SHA-256 of each member, `missing` the files that rows name and no
    folder had.
    """

    made_at: str
    engine: str
    revision: str
    release: int
    rows: dict[str, int]
    missing: list[str] = field(default_factory=list)
    members: dict[str, str] = field(default_factory=dict)
    format: str = FORMAT


class Writing:
    """Adds members to the tar and keeps their checksums."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.members: dict[str, str] = {}

    def add(self, name: str, path: Path) -> None:
        """Add the bytes of a file."""
        with path.open("rb") as stream:
            self._add(name, stream, path.stat().st_size)

    def add_stream(self, name: str, stream: IO[bytes], size: int) -> None:
        """Add so many bytes of a stream."""
        self._add(name, stream, size)

    def add_text(self, name: str, text: str) -> None:
        """Add a text."""
        data = text.encode()
        self._add(name, BytesIO(data), len(data))

    def close(self, manifest: Manifest) -> None:
        """Add the manifest, the mark of a whole backup."""
        manifest.members.update(self.members)
        self.add_text(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))

    def _add(self, name: str, stream: IO[bytes], size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        hashing = _Hashing(stream)
        self.tar.addfile(info, hashing)
        self.members[name] = hashing.digest.hexdigest()


class _Hashing:
    """A stream that is hashed while it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.digest = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.digest.update(data)
        return data


@contextmanager
def written(file: Path) -> Iterator[Writing]:
    """Write a backup beside its name, private to its owner; only a whole one takes the name."""
    part = file.with_name(f"{file.name}.part")
    try:
        part.touch(mode=0o600)
        with tarfile.open(part, "w:gz", compresslevel=LEVEL) as tar:
            yield Writing(tar)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def unpack(file: Path, folder: Path) -> Manifest:
    """Lay the members of a backup into a folder and return its manifest; raises Damaged, OSError where no room is."""
    found: dict[str, str] = {}
    try:
        with tarfile.open(file, "r|gz") as tar:
            for info in tar:
                if not info.isreg() or not MEMBER.fullmatch(info.name) or info.name in found:
                    raise Damaged(f"{file} holds what no backup holds: {info.name!r}")
                found[info.name] = _lay(tar, info, folder / info.name)
    except (tarfile.TarError, EOFError, OSError) as problem:
        if isinstance(problem, OSError) and problem.errno is not None:
            raise
        raise Damaged(f"{file} is not a backup, or was cut off: {problem}") from problem
    manifest = _manifest(file, folder)
    found.pop(MANIFEST)
    if changed := sorted(name for name in {*found, *manifest.members} if found.get(name) != manifest.members.get(name)):
        raise Damaged(f"{file} was damaged: {changed[0]} is not what was saved")
    return manifest


def _lay(tar: tarfile.TarFile, info: tarfile.TarInfo, place: Path) -> str:
    stream, digest = tar.extractfile(info), hashlib.sha256()
    assert stream is not None
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as kept:
        place.chmod(0o600)
        while block := stream.read(BLOCK):
            digest.update(block)
            kept.write(block)
    return digest.hexdigest()


def _manifest(file: Path, folder: Path) -> Manifest:
    with suppress(OSError, ValueError, TypeError):
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if found.get("format") == FORMAT:
            return Manifest(**found)
    raise Damaged(f"{file} was cut off before its end, or another version made it")
