"""The two commands: everything into one file while the portal works, and everything back from it."""

import tempfile
from pathlib import Path

import click
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from portal import audit, create_app, records, storage
from portal.backups import archive, databases, drill, making
from portal.cli.database import FOLDER, migrate
from portal.cli.prepare import make_private
from portal.cli.up import hold
from portal.errors import PortalError
from portal.extensions import db, transaction
from portal.security import SYSTEM
from portal.settings import DEFAULT_KEY, Settings

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option("--keep", type=click.IntRange(min=1), help="Delete all but so many in the folder of backups.")
@click.option("--verify", is_flag=True, help="A drill: see that FILE is whole and its database opens; changes nothing.")
def backup(file: Path | None, keep: int | None, verify: bool) -> None:
    """Write database, stored files and secret key into FILE while the portal works.

    Without FILE it lies under its time in PORTAL_BACKUP_FOLDER. It holds the key: keep it as safe as the portal itself.
    """
    if verify:
        _verify(file)
        return
    app = create_app()
    settings: Settings = app.config["PORTAL"]
    file = file or making.new_file(settings)
    try:
        with app.app_context():
            manifest = making.write(file, settings)
    except OSError as problem:
        raise PortalError(f"{file}: {problem.strerror}") from problem
    for digest in manifest.missing:
        click.echo(f"portal: the file {digest} is missing, though a record names it", err=True)
    click.echo(f"{file}: {_told(manifest)}, {file.stat().st_size:,} bytes")
    if keep:
        _forget(making.folder_of(settings), keep)


def _verify(file: Path | None) -> None:
    if file is None:
        raise PortalError("say which FILE")
    try:
        manifest = drill.verify(file)
    except OSError as problem:
        raise PortalError(f"{file}: {problem.strerror}") from problem
    click.echo(f"{file}: {_told(manifest)} can be brought back")


@click.command()
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Also where there is data already; that data is gone afterwards.")
@click.option("--check", is_flag=True, help="Only see that FILE is whole.")
def restore(file: Path, replace: bool, check: bool) -> None:
    """Bring back what FILE holds, on an empty box or with --replace; the portal must not run."""
    settings = Settings.from_environment()
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    with hold(settings.instance), tempfile.TemporaryDirectory(dir=settings.instance, prefix=".restore-") as room:
        try:
            manifest = archive.unpack(file, Path(room))
        except OSError as problem:
            raise PortalError(f"{file}: {problem.strerror}") from problem
        if not check:
            _bring_back(manifest, Path(room), settings, replace=replace)
    click.echo(f"{file}: {_told(manifest)}{' is whole' if check else ' restored'}")


def _bring_back(manifest: archive.Manifest, room: Path, settings: Settings, *, replace: bool) -> None:
    key = (room / archive.KEY).read_text(encoding="utf-8")
    kept = settings.instance / archive.KEY
    _refuse_other_key(settings, kept, key, replace=replace)
    if not kept.exists():
        make_private(kept, key)
    app = create_app()
    with app.app_context():
        try:
            _replace(manifest, room, settings, replace=replace)
            migrate(app)
            _tell(manifest)
        finally:
            db.engine.dispose()
    kept.write_text(key, encoding="ascii")


def _replace(manifest: archive.Manifest, room: Path, settings: Settings, *, replace: bool) -> None:
    _refuse_other_world(manifest)
    target = databases.database(settings.database_url)
    if not target.is_empty() and not replace:
        raise PortalError("there is data already; say --replace to put the backup in its place")
    db.engine.dispose()  # so that our own connection does not count as somebody at work
    target.restore(room / archive.DATABASE)
    _compare(manifest)
    _lay_files(room / "files")


def _refuse_other_key(settings: Settings, kept: Path, key: str, *, replace: bool) -> None:
    """Another key than that of the backup could not read what was sealed with it."""
    present = kept.read_text(encoding="ascii").strip() if kept.is_file() else ""
    from_environment = settings.secret_key not in ("", DEFAULT_KEY, present)
    if from_environment and settings.secret_key != key:
        raise PortalError("PORTAL_SECRET_KEY is not the key of the backup, whose sealed values it could not read")
    if present and present != key and not replace:
        raise PortalError(f"{kept} is not the key of the backup; say --replace to put that in its place")


def _refuse_other_world(manifest: archive.Manifest) -> None:
    if manifest.engine != db.engine.dialect.name:
        raise PortalError(f"the backup is of {manifest.engine}, this database is {db.engine.dialect.name}")
    script = ScriptDirectory(str(FOLDER))
    try:
        script.get_revision(manifest.revision)
    except CommandError as problem:
        raise PortalError("a newer portal made the backup; bring this one up to date first") from problem


def _compare(manifest: archive.Manifest) -> None:
    with db.engine.connect() as connection:
        rows = databases.count_rows(connection)
    if wrong := sorted(name for name, count in manifest.rows.items() if rows.get(name) != count):
        raise PortalError(f"{wrong[0]} has {rows.get(wrong[0])} rows, {manifest.rows[wrong[0]]} were saved")


def _tell(manifest: archive.Manifest) -> None:
    """Write the deed into the restored log, whose newest seal is now an earlier one, and where the files lie now."""
    audit.seals.forget()
    with transaction():
        db.session.execute(sa.update(records.files.StoredFile).values(store=storage.chosen().key))
        audit.record("portal.restored", by=SYSTEM, data={"made_at": manifest.made_at})


def _lay_files(source: Path) -> None:
    """Put the files into the store that the settings choose, wherever they lay before."""
    target = storage.chosen()
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        target.put(file.name, file)


def _forget(folder: Path, keep: int) -> None:
    for old in sorted(folder.glob("kehu-*.tar.gz"))[:-keep]:
        old.unlink()
        click.echo(f"{old}: deleted")


def _told(manifest: archive.Manifest) -> str:
    held = sum(1 for name in manifest.members if name.startswith("files/"))
    return (
        f"release {manifest.release}, {sum(manifest.rows.values()):,} rows, {held:,} files of {manifest.made_at[:19]}"
    )
