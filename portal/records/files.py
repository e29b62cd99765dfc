"""Uploads: kept once under their checksum, named by rows, opened only with the right to what they hang on."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from flask import current_app
from flask_babel import gettext

from portal import storage
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.extensions import db, transaction
from portal.records.content_type import ENCODINGS, content_type, text_in
from portal.records.fetch import fetch
from portal.records.stored_file import INFECTED, WAITING, StoredFile
from portal.security import Actor
from portal.security.policy import Access

__all__ = ["StoredFile", "file_of", "local", "open_bytes", "open_file", "put", "store", "text_of"]

BLOCK = 1 << 16
HEAD = 4096
UPLOADS = ".uploads"
MIB = 1024 * 1024
LONGEST = 240  # bytes of a name: no disk takes more than 255
REFUSED = frozenset('<>:"|?*')
DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9¹²³]", re.IGNORECASE)  # no file of Windows may be called so


def store(
    stream: IO[bytes], name: str, by: Actor | None, *, limit: int | None = None, expires_at: datetime | None = None
) -> StoredFile:
    """Keep what the stream holds and return its row; raises Invalid when it is larger than `limit` bytes.

    The limit is the portal's upload limit where none is given. Memory use does not grow with the file. What hangs
    nowhere is forgotten after `expires_at`.
    """
    target = storage.chosen()
    with _copied(stream, limit or current_app.config["PORTAL"].upload_megabytes * MIB) as (path, digest, size, head):
        target.put(digest, path)
    with transaction():
        row = StoredFile(
            sha256=digest,
            name=_plain(name),
            size=size,
            content_type=content_type(head, name),
            created_by_id=by.id if by else None,
            store=target.key,
            expires_at=expires_at,
        )
        db.session.add(row)
        db.session.flush()
    return row


def put(stream: IO[bytes], target: storage.Store) -> str:
    """Keep bytes that no row of their own names, such as a picture of a file; returns their checksum."""
    with _copied(stream, current_app.config["PORTAL"].upload_megabytes * MIB) as (path, digest, _size, _head):
        target.put(digest, path)
    return digest


def file_of(file_id: int, person: Actor) -> StoredFile:
    """The row of a file the person may see; raises NotFound.

    A file on a record asks for the right to see the record and the field it is in, a loose one for being its bringer.
    """
    row = db.session.get(StoredFile, file_id)
    if row is None:
        raise NotFound
    if row.entity is None or row.record_id is None:
        if row.created_by_id is None or row.created_by_id != person.id:
            raise NotFound
        return row
    record = fetch(row.entity, row.record_id, person)
    if row.field is not None and (row.field not in record.entity.fields or record.access(row.field) < Access.READ):
        raise NotFound
    if row.removed_at is not None and not record.may("edit"):
        raise NotFound
    record.look(row.field or "")
    return row


def open_file(file_id: int, person: Actor) -> tuple[StoredFile, IO[bytes]]:
    """The row and the bytes of a file the person may open; raises NotFound, and what `open_bytes` raises."""
    row = file_of(file_id, person)
    return row, open_bytes(row)


def open_bytes(row: StoredFile, start: int = 0) -> IO[bytes]:
    """The bytes, for rooms that decided themselves who may read them.

    Raises Conflict as long as the scanner has not looked at them, Forbidden where it found a virus, NotFound when
    they are gone.
    """
    if row.state == WAITING:
        raise Conflict(gettext("This file is being checked for viruses. Try again in a moment."))
    if row.state == INFECTED:
        raise Forbidden(gettext("A virus was found in this file, so nobody can open it."))
    try:
        return storage.store_of(row.store).open(row.sha256, start)
    except storage.Absent:
        raise NotFound from None


def text_of(head: bytes) -> str:
    """The beginning of a text in the encoding that it seems to have."""
    found = (text_in(head, encoding) for encoding in ENCODINGS)
    return next((text for text in found if text is not None), "")


@contextmanager
def local(row: StoredFile) -> Iterator[Path]:
    """The bytes as a file of this machine, for processes that want a path; not to be written to.

    Also what waits for the scanner: nothing of it is handed to anybody. Raises NotFound when they are gone.
    """
    found = storage.store_of(row.store)
    try:
        if isinstance(found, storage.Folder):
            yield found.path(row.sha256)
            return
        with closing(found.open(row.sha256)) as stream, _copied(stream, row.size) as (path, _digest, _size, _head):
            yield path
    except storage.Absent:
        raise NotFound from None


@contextmanager
def _copied(stream: IO[bytes], largest: int) -> Iterator[tuple[Path, str, int, bytes]]:
    """A copy of the stream in the instance folder with its checksum, size and beginning; afterwards it is gone."""
    with tempfile.NamedTemporaryFile(dir=_folder(), delete=False) as kept:
        path = Path(kept.name)
        try:
            digest, size, head = _copy(stream, kept, largest)
            kept.flush()
            os.fsync(kept.fileno())
            yield path, digest, size, head
        finally:
            path.unlink(missing_ok=True)


def _copy(stream: IO[bytes], kept: IO[bytes], largest: int) -> tuple[str, int, bytes]:
    digest, size, head = hashlib.sha256(), 0, b""
    while block := stream.read(BLOCK):
        size += len(block)
        if size > largest:
            raise Invalid({"file": gettext("The file is larger than %(count)s MB.", count=largest // MIB)})
        head = head or block[:HEAD]
        digest.update(block)
        kept.write(block)
    return digest.hexdigest(), size, head


def _folder() -> Path:
    folder = Path(current_app.instance_path) / "files" / UPLOADS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _plain(name: str) -> str:
    """The last part of the name a browser gave, without what a header or a shell would read as more than a name."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable() and letter not in REFUSED).strip(". ")
    stem, dot, ending = kept.rpartition(".") if "." in kept else (kept, "", "")
    if DEVICES.fullmatch(kept.partition(".")[0].strip()):
        stem = f"_{stem}"
    ending = _cut(ending, 40)
    return f"{_cut(stem, LONGEST - len(ending.encode()) - 1)}{dot}{ending}" or "file"


def _cut(text: str, most: int) -> str:
    """As much of a text as so many bytes hold."""
    return text.encode("utf-8", "ignore")[:most].decode("utf-8", "ignore")
