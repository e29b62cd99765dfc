"""Whether a backup can be brought back: its members are what was saved, and its database opens with all its rows."""

import tempfile
from pathlib import Path

import sqlalchemy as sa

from portal.backups import archive
from portal.backups.databases import count_rows, is_sound


def verify(file: Path) -> archive.Manifest:
    """Unpack a backup beside itself and look at all of it; raises Damaged, OSError where no room is."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".verify-") as room:
        manifest = archive.unpack(file, Path(room))
        dump = Path(room) / archive.DATABASE
        is_sound(dump, file, manifest.engine)
        if manifest.engine == "sqlite":
            _compare(manifest, dump, file)
    return manifest


def _compare(manifest: archive.Manifest, dump: Path, file: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{dump}")
    try:
        with engine.connect() as connection:
            rows = count_rows(connection)
    finally:
        engine.dispose()
    if wrong := sorted(name for name, count in manifest.rows.items() if rows.get(name) != count):
        raise archive.Damaged(f"{file}: {wrong[0]} has {rows.get(wrong[0])} rows, {manifest.rows[wrong[0]]} were saved")
