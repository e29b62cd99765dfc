"""One backup: database, stored files and key in one file, while the portal works."""

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal import clock, records, storage
from portal.backups import archive
from portal.backups.databases import database
from portal.extensions import db
from portal.schema import releases
from portal.settings import Settings

NAME = "kehu-{:%Y%m%d-%H%M%S}.tar.gz"
PATTERN = "kehu-*.tar.gz"


def folder_of(settings: Settings) -> Path:
    """Where backups lie; made where it is not there, for its owner alone."""
    folder = Path(settings.backup_folder) if settings.backup_folder else settings.instance / "backups"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def new_file(settings: Settings) -> Path:
    """The name of a backup made now."""
    return folder_of(settings) / NAME.format(clock.now())


def write(file: Path, settings: Settings) -> archive.Manifest:
    """Write a backup; raises PortalError, OSError where there is no room."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as room:
        dump = Path(room) / archive.DATABASE
        rows = database(settings.database_url).snapshot(dump)
        with archive.written(file) as writing:
            writing.add(archive.DATABASE, dump)
            dump.unlink()
            missing = [digest for digest, store in _named_files() if not _add_file(writing, store, digest)]
            writing.add_text(archive.KEY, settings.secret_key)
            revision = db.session.scalar(sa.text("SELECT version_num FROM alembic_version")) or ""
            engine, release = db.engine.dialect.name, releases.current_number()
            manifest = archive.Manifest(clock.now().isoformat(), engine, revision, release, rows, missing)
            writing.close(manifest)
    return manifest


def _named_files() -> list[tuple[str, str]]:
    """Checksum and store of all files that rows name: taken after the snapshot, so that none of it is forgotten."""
    file = records.files.StoredFile
    both: Any = sa.union(
        sa.select(file.sha256, file.store), sa.select(file.thumbnail, file.store).where(file.thumbnail.is_not(None))
    )
    return sorted({str(row[0]): str(row[1]) for row in db.session.execute(both)}.items())


def _add_file(writing: archive.Writing, store: str, digest: str) -> bool:
    found = storage.store_of(store)
    size = found.size(digest)
    if size is None:
        return False
    with closing(found.open(digest)) as stream:
        writing.add_stream(f"files/{digest[:2]}/{digest}", stream, size)
    return True
