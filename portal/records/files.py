"""Uploads: kept once under their checksum, named by rows, opened only with the right to what they hang on."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import IO, BinaryIO

from flask import current_app
from flask_babel import gettext

from portal.errors import Invalid, NotFound
from portal.extensions import db, transaction
from portal.records.content_type import content_type
from portal.records.fetch import fetch
from portal.records.stored_file import StoredFile
from portal.security import Actor
from portal.security.policy import Access

__all__ = ["StoredFile", "file_of", "open_file", "path_of", "store"]

BLOCK = 1 << 16
HEAD = 4096


def store(stream: IO[bytes], name: str, by: Actor | None, *, limit: int | None = None) -> StoredFile:
    """Keep what the stream holds and return its row; raises Invalid when it is larger than `limit` bytes.

    The limit is the portal's upload limit where none is given. Memory use does not grow with the file.
    """
    largest = limit or current_app.config["PORTAL"].upload_megabytes * 1024 * 1024
    folder = _folder()
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".upload-", delete=False) as kept:
        try:
            digest, size, head = _copy(stream, kept, largest)
            kept.flush()
            os.fsync(kept.fileno())
            place = _place(digest)
            place.parent.mkdir(exist_ok=True)
            Path(kept.name).replace(place)
        except BaseException:
            Path(kept.name).unlink(missing_ok=True)
            raise
    with transaction():
        row = StoredFile(
            sha256=digest,
            name=_plain(name),
            size=size,
            content_type=content_type(head, name),
            created_by_id=by.id if by else None,
        )
        db.session.add(row)
        db.session.flush()
    return row


def file_of(file_id: int, person: Actor) -> StoredFile:
    """The row of a file the person may open; raises NotFound.

    A file on a record asks for the right to see the record and the field, a loose one for being its bringer.
    """
    row = db.session.get(StoredFile, file_id)
    if row is None:
        raise NotFound
    if row.entity is None or row.record_id is None or row.field is None:
        if row.created_by_id is None or row.created_by_id != person.id:
            raise NotFound
        return row
    record = fetch(row.entity, row.record_id, person)
    if row.field not in record.entity.fields or record.access(row.field) < Access.READ:
        raise NotFound
    return row


def open_file(file_id: int, person: Actor) -> tuple[StoredFile, BinaryIO]:
    """The row and the bytes of a file the person may open; raises NotFound."""
    row = file_of(file_id, person)
    return row, path_of(row).open("rb")


def path_of(row: StoredFile) -> Path:
    """Where the bytes lie, for rooms that decided themselves who may read them; raises NotFound when they are gone."""
    place = _place(row.sha256)
    if not place.is_file():
        raise NotFound
    return place


def _copy(stream: IO[bytes], kept: IO[bytes], largest: int) -> tuple[str, int, bytes]:
    digest, size, head = hashlib.sha256(), 0, b""
    while block := stream.read(BLOCK):
        size += len(block)
        if size > largest:
            raise Invalid({"file": gettext("The file is larger than %(count)s MB.", count=largest // (1024 * 1024))})
        head = head or block[:HEAD]
        digest.update(block)
        kept.write(block)
    return digest.hexdigest(), size, head


def _folder() -> Path:
    folder = Path(current_app.instance_path) / "files"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _place(sha256: str) -> Path:
    return _folder() / sha256[:2] / sha256


def _plain(name: str) -> str:
    """The last part of the name a browser gave, without what a header or a shell would read as more than a name."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable()).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: 250 - len(ending)]}{dot}{ending}"[:255] or "file"
