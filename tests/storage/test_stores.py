"""Both stores: what is put comes back, in parts too; files go from one to the other and back, and a backup has them."""

import hashlib
import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from portal import clock, records, storage
from portal.errors import Conflict, Forbidden, NotFound
from portal.extensions import db, transaction
from portal.file_settings import FileSettings
from portal.jobs import enqueue, run_now
from portal.records import files
from portal.settings import Settings, SettingsError
from portal.storage.bucket import Bucket
from portal.storage.folder import Folder

KEYS = {"S3_KEY_ID": "kehu", "S3_KEY": "not-a-secret"}


def settings_of(address: str, bucket: str) -> Settings:
    return Settings.from_environment(
        {"PORTAL_MODE": "test", "PORTAL_FILES": "s3", "S3_ENDPOINT": address, "S3_BUCKET": bucket, **KEYS}
    )


@pytest.fixture
def bucket(s3_address: str) -> Iterator[Bucket]:
    made = Bucket(settings_of(s3_address, f"kehu-{uuid4().hex[:12]}"))
    made.client.create_bucket(Bucket=made.settings.s3_bucket)
    yield made
    made.client.close()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> storage.Store:
    return Folder(tmp_path / "files") if request.param == "folder" else request.getfixturevalue("bucket")


def laid(tmp_path: Path, data: bytes) -> tuple[str, Path]:
    path = tmp_path / f"new-{uuid4().hex}"
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest(), path


def test_what_is_put_comes_back(store: storage.Store, tmp_path: Path) -> None:
    data = bytes(range(256)) * 1000
    digest, path = laid(tmp_path, data)
    assert store.size(digest) is None
    with pytest.raises(storage.Absent):
        store.open(digest)
    store.put(digest, path)
    assert not path.exists()
    with store.open(digest) as stream:
        assert stream.read() == data
    with store.open(digest, 255_990) as stream:
        assert stream.read() == data[255_990:]
    assert store.size(digest) == len(data)
    (blob,) = store.blobs()
    assert (blob.digest, blob.size) == (digest, len(data))
    assert abs(blob.since - clock.now()) < timedelta(minutes=1)
    store.delete(digest)
    store.delete(digest)
    assert list(store.blobs()) == []


def test_a_harmed_upload_is_refused(bucket: Bucket, tmp_path: Path) -> None:
    """The server checks the checksum with which the body was signed; here the object carries it for whoever looks."""
    digest, path = laid(tmp_path, b"contract")
    bucket.put(digest, path)
    head = bucket.client.head_object(Bucket=bucket.settings.s3_bucket, Key=f"files/{digest[:2]}/{digest}")
    assert head["Metadata"]["sha256"] == digest
    assert head["ContentType"] == "application/octet-stream"


def test_keys_come_from_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "s3"
    kept.write_text("an-id\na-key\n")
    environment = {"PORTAL_MODE": "test", "S3_KEYS_FILE": str(kept), "S3_KEY": "other"}
    assert Settings.from_environment(environment).s3_keys == ("an-id", "a-key")
    with pytest.raises(SettingsError, match="S3_KEYS_FILE"):
        Settings.from_environment({"PORTAL_MODE": "test", "S3_KEYS_FILE": str(tmp_path / "none")})


class Zeros(io.RawIOBase):
    """A stream of so many zeros."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        taken = min(self.left, size)
        self.left -= taken
        return bytes(taken)


@pytest.fixture
def with_bucket(app: Any, s3_address: str, bucket: Bucket) -> Bucket:
    """A portal that has a bucket, though its files go into the folder."""
    given = settings_of(s3_address, bucket.settings.s3_bucket)
    names = {name: getattr(given, name) for name in FileSettings.__dataclass_fields__ if name.startswith("s3_")}
    app.config["PORTAL"] = replace(app.config["PORTAL"], **names)
    app.extensions.setdefault("stores", {})["s3"] = bucket
    return bucket


def choose(app: Any, store: str) -> None:
    app.config["PORTAL"] = replace(app.config["PORTAL"], files=store)


def test_memory_does_not_grow_with_the_file(app: Any, people: Any, with_bucket: Bucket) -> None:
    choose(app, "s3")
    files.store(io.BytesIO(b"the library loads its own parts first"), "a.txt", by=people.alice)
    size = 24 * 1024 * 1024
    tracemalloc.start()
    row = files.store(Zeros(size), "zeros", by=people.alice)
    with files.open_bytes(row) as stream:
        read = sum(len(block) for block in iter(lambda: stream.read(files.BLOCK), b""))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == size
    assert peak < size / 4
    assert list((Path(app.instance_path) / "files" / files.UPLOADS).iterdir()) == []


def test_files_go_over_and_back(app: Any, people: Any, with_bucket: Bucket, monkeypatch: Any) -> None:
    rows = [files.store(io.BytesIO(f"file {n}".encode()), f"{n}.txt", by=people.alice) for n in range(5)]
    ids = [row.id for row in rows]
    db.session.commit()
    choose(app, "s3")
    stopped: list[int] = []

    def stop(done: int) -> None:
        if done == 3:
            stopped.append(done)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        records.upkeep.move("s3", stop)
    assert sum(1 for _ in with_bucket.blobs()) == 3
    account = records.upkeep.move("s3", lambda done: None)
    assert (account.done, account.missing, account.damaged) == (2, [], [])
    assert {row.store for row in db.session.query(files.StoredFile)} == {"s3"}
    for number, id_ in enumerate(ids):
        with files.open_file(id_, people.alice)[1] as stream:
            assert stream.read() == f"file {number}".encode()
    db.session.commit()
    folder = storage.store_of("folder")
    assert sum(1 for _ in folder.blobs()) == 5
    assert records.upkeep.delete_orphans() == 0  # they are too young
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        assert records.upkeep.delete_orphans() == 5
    assert list(folder.blobs()) == []
    assert sum(1 for _ in with_bucket.blobs()) == 5
    choose(app, "folder")
    assert records.upkeep.move("folder", lambda done: None).done == 5
    with files.open_file(ids[0], people.alice)[1] as stream:
        assert stream.read() == b"file 0"
    db.session.commit()


def test_damage_and_loss_are_told(app: Any, people: Any, with_bucket: Bucket) -> None:
    whole, harmed, lost = (files.store(io.BytesIO(text), "a.txt", by=people.alice) for text in (b"1", b"2", b"3"))
    folder = storage.store_of("folder")
    assert isinstance(folder, Folder)
    folder.path(harmed.sha256).write_bytes(b"other")
    folder.delete(lost.sha256)
    db.session.commit()
    account = records.upkeep.verify(lambda done: None)
    assert (account.done, account.missing, account.damaged) == (3, [lost.sha256], [harmed.sha256])
    with pytest.raises(NotFound):
        files.open_bytes(lost)
    account = records.upkeep.move("s3", lambda done: None)
    assert (account.done, account.missing, account.damaged) == (1, [lost.sha256], [harmed.sha256])
    db.session.refresh(whole)
    db.session.refresh(harmed)
    assert (whole.store, harmed.store) == ("s3", "folder")
    db.session.commit()


def test_what_is_over_is_forgotten(app: Any, people: Any) -> None:
    now = clock.now()
    kept = files.store(io.BytesIO(b"kept"), "a.txt", by=people.alice)
    files.store(io.BytesIO(b"over"), "b.txt", by=people.alice, expires_at=now + timedelta(days=14))
    gone = files.store(io.BytesIO(b"removed"), "c.txt", by=people.alice)
    gone.removed_at = now
    db.session.commit()
    with time_machine.travel(now + timedelta(days=31), tick=False):
        with transaction():
            asked = enqueue(records.upkeep.JOB)
        job = run_now(asked.id)
    assert (job.state, job.result) == ("done", {"forgotten": 2, "deleted": 2})
    assert [blob.digest for blob in storage.chosen().blobs()] == [kept.sha256]


@pytest.mark.parametrize(("state", "error"), [("waiting", Conflict), ("infected", Forbidden)])
def test_nothing_is_handed_out_before_it_is_clean(app: Any, people: Any, state: str, error: type[Exception]) -> None:
    row = files.store(io.BytesIO(b"text"), "a.txt", by=people.alice)
    row.state = state
    with pytest.raises(error):
        files.open_file(row.id, people.alice)
    with files.local(row) as path:
        assert path.read_bytes() == b"text"
    db.session.rollback()
