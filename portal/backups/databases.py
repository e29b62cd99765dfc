"""The database of a backup: one consistent moment of it in a file, taken while the portal works, and back."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from portal.errors import PortalError
from portal.extensions import db
from portal.sqlite import BUSY_SECONDS

ASIDE = "before_restore"
OTHERS = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


class Database(Protocol):
    """What both engines can do."""

    def snapshot(self, file: Path) -> dict[str, int]:
        """Write one moment of the database into the file; returns the rows of each table in that moment."""

    def is_empty(self) -> bool:
        """Whether it has no table."""

    def restore(self, file: Path) -> None:
        """Put what a snapshot holds in place of what is there, or leave that as it was; raises PortalError."""


def database(url: str) -> Database:
    """The database of an address."""
    made = sa.make_url(url)
    return Sqlite(Path(made.database or "")) if made.get_backend_name() == "sqlite" else Postgres(made)


def count_rows(connection: sa.Connection) -> dict[str, int]:
    """The rows of each table of ours; search indexes are left out, for they are made from the others."""
    names = [name for name in sa.inspect(connection).get_table_names() if not name.startswith("search_")]
    counted = {name: sa.select(sa.func.count()).select_from(sa.table(name)) for name in names}
    return {name: connection.scalar(statement) or 0 for name, statement in sorted(counted.items())}


class Sqlite:
    """A file; SQLite copies it page by page in one read transaction, which keeps no writer waiting."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def snapshot(self, file: Path) -> dict[str, int]:
        """Copy the database with SQLite's online backup."""
        with (
            closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS)) as source,
            closing(sqlite3.connect(file)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            if (state := copy.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
                raise PortalError(f"{self.path} is damaged: {state}")
        engine = sa.create_engine(f"sqlite:///{file}")
        with engine.connect() as connection:
            rows = count_rows(connection)
        engine.dispose()
        return rows

    def is_empty(self) -> bool:
        """Whether the file is missing or has no table."""
        if not self.path.is_file():
            return True
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchone() is None

    def restore(self, file: Path) -> None:
        """Move the copy to the place of the database."""
        _check(file, file)
        if self.path.is_file():
            self._fold_log()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        near = self.path.with_name(f".{self.path.name}.restored")
        try:
            shutil.move(file, near)
            for rest in ("-wal", "-shm"):
                self.path.with_name(self.path.name + rest).unlink(missing_ok=True)
            near.replace(self.path)
        finally:
            near.unlink(missing_ok=True)

    def _fold_log(self) -> None:
        """Fold the write-ahead log into the file, which works only where nobody else has it open."""
        with closing(sqlite3.connect(self.path, timeout=1)) as connection:
            try:
                connection.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.OperationalError as problem:
                raise PortalError(f"{self.path} is in use: stop the portal first") from problem


class Postgres:
    """A database on a server; its own tools write and read it."""

    def __init__(self, url: sa.URL) -> None:
        self.url = url

    def snapshot(self, file: Path) -> dict[str, int]:
        """Let pg_dump write the moment of a snapshot in which the rows are counted too."""
        with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            moment = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
            # Not compressed: the backup is, as a whole.
            self._run("pg_dump", "--format=custom", "--compress=0", f"--snapshot={moment}", f"--file={file}")
            return count_rows(connection)

    def is_empty(self) -> bool:
        """Whether its schema `public` has no table."""
        with db.engine.connect() as connection:
            return not sa.inspect(connection).get_table_names()

    def restore(self, file: Path) -> None:
        """Let pg_restore fill a new schema `public` in one transaction; the old one waits aside until that is done."""
        with db.engine.connect() as connection:
            if connection.scalar(sa.text(OTHERS)):
                raise PortalError("the database is in use: stop the portal first")
        self._change(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE", f"ALTER SCHEMA public RENAME TO {ASIDE}")
        self._change("CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC")
        try:
            self._run("pg_restore", "--single-transaction", "--exit-on-error", file)
        except PortalError:
            self._change("DROP SCHEMA public CASCADE", f"ALTER SCHEMA {ASIDE} RENAME TO public")
            raise
        self._change(f"DROP SCHEMA {ASIDE} CASCADE")

    def _change(self, *statements: str) -> None:
        with db.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def _run(self, tool: str, *words: str | Path) -> None:
        """Run one of PostgreSQL's tools on the database; the password goes by the environment, not the command line."""
        address = self.url.set(drivername="postgresql", password=None).render_as_string()
        environment = {**os.environ, "PGPASSWORD": str(self.url.password or "")}
        command = [_tool(tool), "--no-owner", "--no-privileges", f"--dbname={address}", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PortalError(f"{tool}: {(done.stderr.strip().splitlines() or ['failed'])[0]}")


def is_sound(file: Path, meant: Path, engine: str) -> None:
    """Raise PortalError, naming the file that is meant, when what a snapshot wrote cannot be read."""
    if engine == "sqlite":
        _check(file, meant)
        return
    done = subprocess.run([_tool("pg_restore"), "--list", file], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PortalError(f"{meant} is damaged: {(done.stderr.strip().splitlines() or ['unreadable'])[0]}")


def _check(file: Path, meant: Path) -> None:
    """Raise PortalError, naming the file that is meant, when a file is not a sound SQLite database."""
    with closing(sqlite3.connect(file)) as connection:
        try:
            state = connection.execute("PRAGMA quick_check").fetchone()[0]
        except sqlite3.DatabaseError as problem:
            state = str(problem)
    if state != "ok":
        raise PortalError(f"{meant} is damaged: {state}")


def _tool(name: str) -> Path:
    """Where a tool of PostgreSQL is; the newest version, for it reads what the older ones wrote."""
    installed = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = sorted(installed, key=lambda path: int(path.parent.parent.name))[-1:]
    found = [str(path) for path in newest] or [shutil.which(name) or ""]
    if not found[0]:
        raise PortalError(f"{name} is missing: apt-get install --no-install-recommends postgresql-client")
    return Path(found[0])
