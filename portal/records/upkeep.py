"""Looking after the stores of files: carry them over, see that they are whole, let go of what nothing names."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import current_app

from portal import clock, storage
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.records import examination, files
from portal.records.stored_file import StoredFile

JOB = "files.tidy"
GRACE = timedelta(days=1)  # younger bytes may belong to an upload whose row is about to be written
REMOVED = timedelta(days=30)  # how long a removal can be taken back
BATCH = 500
Told = Callable[[int], object]


@dataclass
class Account:
    """What became of files: how many were carried over or read, which are gone and which are not what they were."""

    done: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def move(to: str, told: Told) -> Account:
    """Carry all files into the store of that key while the portal works; each is read back before its rows say so.

    What was carried over is not asked for again, so that it goes on where it stopped. The old bytes stay until
    `tidy` finds that no row names them there.
    """
    account, target = Account(), storage.store_of(to)
    for digest, origin in _named(StoredFile.store != to):
        try:
            _carry(digest, storage.store_of(origin), target)
        except storage.Absent:
            account.missing.append(digest)
            continue
        except _Damaged:
            account.damaged.append(digest)
            continue
        with transaction():
            _say_where(digest, origin, to)
        account.done += 1
        told(account.done)
    return account


def verify(told: Told) -> Account:
    """Read every file and see that its bytes are what they were."""
    account = Account()
    for digest, store in _named(sa.true()):
        try:
            if _hash(storage.store_of(store), digest) != digest:
                account.damaged.append(digest)
        except storage.Absent:
            account.missing.append(digest)
        account.done += 1
        told(account.done)
    return account


def tidy(work: Work) -> dict[str, int]:
    """Forget what was removed or is over, and delete bytes that no row names, as a job."""
    forgotten = 0
    while number := _forget_some():
        forgotten += number
        work.advance(done=forgotten)
    with transaction():
        examination.ask_again()
    return {"forgotten": forgotten, "deleted": delete_orphans()}


def delete_orphans() -> int:
    """Delete bytes that no row has named for a day, and what broken uploads left; returns how many."""
    settings, deleted = current_app.config["PORTAL"], 0
    for key in storage.KEYS:
        if key == "folder" or settings.s3_bucket:
            deleted += _delete_orphans(storage.store_of(key))
    for path in Path(current_app.instance_path, "files", files.UPLOADS).glob("*"):
        if path.stat().st_mtime < (clock.now() - GRACE).timestamp():
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted


class _Damaged(Exception):
    pass


def _named(where: sa.ColumnElement[bool]) -> Iterator[tuple[str, str]]:
    """Checksum and store of the files of such rows, those of their pictures after them, in order."""
    for column in (StoredFile.sha256, StoredFile.thumbnail):
        last = ""
        while True:
            select = sa.select(column, sa.func.min(StoredFile.store)).where(column > last, where).group_by(column)
            found = [(str(row[0]), str(row[1])) for row in db.session.execute(select.order_by(column).limit(BATCH))]
            db.session.rollback()  # no snapshot is held while bytes go over the line
            yield from found
            if not found:
                break
            last = found[-1][0]


def _carry(digest: str, origin: storage.Store, target: storage.Store) -> None:
    with closing(origin.open(digest)) as stream:
        if files.put(stream, target) != digest or _hash(target, digest) != digest:
            raise _Damaged


def _say_where(digest: str, origin: str, to: str) -> None:
    """Rows are in the new store once both their bytes and their picture lie there."""
    row, target = StoredFile, storage.store_of(to)
    both = sa.or_(row.sha256 == digest, row.thumbnail == digest)
    for found in db.session.scalars(sa.select(row).where(both, row.store == origin).with_for_update()):
        other = found.thumbnail if digest == found.sha256 else found.sha256
        if other and target.size(other) is None:
            _carry(other, storage.store_of(origin), target)
        found.store = to


def _hash(store: storage.Store, digest: str) -> str:
    hashing = hashlib.sha256()
    with closing(store.open(digest)) as stream:
        while block := stream.read(files.BLOCK):
            hashing.update(block)
    return hashing.hexdigest()


def _forget_some() -> int:
    now, row = clock.now(), StoredFile
    over = sa.or_(row.removed_at < now - REMOVED, row.expires_at < now)
    with transaction():
        ids = list(db.session.scalars(sa.select(row.id).where(over).order_by(row.id).limit(BATCH)))
        if ids:
            db.session.execute(sa.delete(row).where(row.id.in_(ids), over))
    return len(ids)


def _delete_orphans(store: storage.Store) -> int:
    deleted, waiting = 0, list[str]()
    for blob in store.blobs():
        if blob.since < clock.now() - GRACE:
            waiting.append(blob.digest)
        if len(waiting) >= BATCH:
            deleted += _delete_unnamed(store, waiting)
            waiting = []
    return deleted + _delete_unnamed(store, waiting)


def _delete_unnamed(store: storage.Store, digests: list[str]) -> int:
    row = StoredFile
    named = set(db.session.scalars(sa.select(row.sha256).where(row.sha256.in_(digests), row.store == store.key)))
    named |= set(db.session.scalars(sa.select(row.thumbnail).where(row.thumbnail.in_(digests), row.store == store.key)))
    db.session.rollback()
    unnamed = [digest for digest in digests if digest not in named]
    for digest in unnamed:
        store.delete(digest)
    return len(unnamed)
