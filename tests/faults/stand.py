"""What a fault is done to: a served portal on a small disk of its own, with a PostgreSQL that keeps what it said."""

import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import sqlalchemy as sa

from portal import Portal, audit, create_app, events, records
from portal.extensions import db
from portal.records.token_index import SearchEntry
from tests.conftest import settings_for
from tests.engines import BINARIES, Postgres
from tests.faults.site import KEY, Site, Visitor, cookie_of, site, until

MEGABYTES, ROOMY = 64, 2048  # of the disk while it is full, and before and after
PRODUCTION = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "off"}


@dataclass
class Stand:
    """A served portal, its app for looking at the database, and what can be taken away from it."""

    engine: str
    app: Portal
    site: Site
    disk: Path | None
    server: "Server | None" = None

    def visitor(self, who: str = "alice") -> Visitor:
        """Somebody of the cast in a browser."""
        with self.app.app_context():
            cookie = cookie_of(self.app, who)
            db.session.remove()
        return Visitor(self.site, cookie)

    @contextmanager
    def no_room(self) -> Iterator[str]:
        """Fill the disk; where none could be mounted, let the processes write no file further. Says which."""
        if self.disk is None:
            with _limited(self.site):
                yield "RLIMIT_FSIZE, for no file system could be mounted"
            return
        usage = shutil.disk_usage(self.disk).used
        _resize(self.disk, max(MEGABYTES, usage // 2**20 + 2))
        junk = self.disk / "junk"
        with junk.open("wb", buffering=0) as stream, suppress(OSError):
            for block in (1 << 20, 1 << 12):
                with suppress(OSError):
                    while True:
                        stream.write(b"\0" * block)
        try:
            yield "tmpfs"
        finally:
            junk.unlink()
            _resize(self.disk, ROOMY)


def _resize(disk: Path, megabytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(disk)], check=True)


@contextmanager
def _limited(running: Site) -> Iterator[None]:
    def limit(size: int) -> None:
        for one in running.web():
            one.rlimit(psutil.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    limit(1)
    try:
        yield
    finally:
        limit(resource.RLIM_INFINITY)


class Server(Postgres):
    """A PostgreSQL that keeps its promises and can be stopped at once, as when its machine loses power."""

    def __init__(self, folder: Path, owner: str) -> None:
        super().__init__(folder, owner)
        self.ask = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if os.geteuid() == 0:
            self.ask["user"] = owner
        making = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={owner}", "--no-sync"]
        subprocess.run([BINARIES[-1] / "initdb", *making, "-D", folder / "data"], check=True, **self.ask)

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = {"listen_addresses": "", "unix_socket_directories": self.folder, "max_connections": 100, **PRODUCTION}
        given = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        self.process = subprocess.Popen([BINARIES[-1] / "postgres", "-D", self.folder / "data", *given], **self.ask)
        ready = [BINARIES[-1] / "pg_isready", "-h", self.folder, "-q", "-t", "1"]
        until(lambda: subprocess.run(ready, check=False, **self.ask).returncode == 0, 60, "PostgreSQL")

    def stop(self, how: int = signal.SIGINT) -> None:
        """SIGINT is fast, SIGQUIT immediate: nothing is finished, recovery runs at the next start."""
        self.process.send_signal(how)
        self.process.wait(60)

    def fill(self, other: Postgres, template: str, disk: Path | None) -> str:
        """A database with what the template of another server holds, on the small disk; returns its address."""
        place = ""
        if disk is not None:
            (disk / "space").mkdir()
            shutil.chown(disk / "space", self.owner)
            self.execute(f"CREATE TABLESPACE small LOCATION '{disk / 'space'}'")
            place = " TABLESPACE small"
        self.execute(f"CREATE DATABASE portal{place}")
        dump = [BINARIES[-1] / "pg_dump", "-h", other.folder, "-U", other.owner, template]
        dumped = subprocess.run(dump, check=True, capture_output=True).stdout
        load = [BINARIES[-1] / "psql", "-q", "-h", self.folder, "-U", self.owner, "-d", "portal"]
        subprocess.run(load, input=dumped, check=True, capture_output=True)
        return self.url("portal")


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """A file system whose size can be changed; None where one may not mount."""
    folder = Path(tempfile.mkdtemp(prefix="portal-disk-"))
    folder.chmod(0o755)
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOMY}m", "tmpfs", str(folder)]
    may = os.geteuid() == 0 and shutil.which("mount") is not None
    is_there = may and subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        yield folder if is_there else None
    finally:
        if is_there:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def stand(
    engine: str, folder: Path, redis: str, template: Callable[[str], str], other: Callable[[], Postgres]
) -> Iterator[Stand]:
    """A served portal of that engine, in the folder or on a small disk; nothing of it is left at the end."""
    with ExitStack() as stack:
        disk, server = stack.enter_context(small_disk()), None
        place = disk or folder
        if engine == "sqlite":
            shutil.copy(template(engine), place / "portal.db")
            url = f"sqlite:///{place / 'portal.db'}"
        else:
            server = stack.enter_context(_server())
            url = server.fill(other(), template(engine), disk)
        (place / "tmp").mkdir()
        many = {"PORTAL_SESSIONS_PER_PERSON": "1000", "PORTAL_SWEEP_SECONDS": "1"}
        given = {"PORTAL_DATABASE_URL": url, "REDIS_URL": redis, "PORTAL_SECRET_KEY": KEY, **many}
        app = create_app(settings_for(place, **given))
        with app.app_context():
            running = stack.enter_context(site(app, folder, TMPDIR=str(place / "tmp"), **many))
            db.session.remove()
        yield Stand(engine, app, running, disk, server)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@contextmanager
def _server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    owner = "postgres" if os.geteuid() == 0 else psutil.Process().username()
    shutil.chown(folder, owner)
    server = Server(folder, owner)
    server.start()
    try:
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def check_all_is_whole(app: Portal, done: Mapping[str, str], what: str) -> None:
    """Every form made one record, with its history, its event and its words for the search; `what` begins the names."""
    with app.app_context():
        table = records.tables.table_of("customer")
        name = table.c[records.tables.entity_of("customer").fields["name"].column]
        stored = db.session.execute(sa.select(table.c.id, name).where(name.startswith(f"{what} "))).all()
        places = {text: f"/customers/{id_}" for id_, text in stored}
        assert len(stored) == len(places), "none twice"
        assert done.items() <= places.items(), "what was acknowledged is there"
        assert places.keys() <= done.keys(), "nothing is there that nobody was told of"
        ids = {id_ for id_, _text in stored}
        line, event = audit.AuditLine, events.Event
        created = sa.select(line.record_id).where(line.action == "record.created", line.entity == "customer")
        told = sa.select(event.record_id).where(event.kind == "record.created", event.entity == "customer")
        for rows in (created, told):
            assert Counter(id_ for id_ in db.session.scalars(rows) if id_ in ids) == dict.fromkeys(ids, 1)
        found = sa.select(SearchEntry.record_id).where(SearchEntry.entity == "customer").distinct()
        assert ids <= set(db.session.scalars(found))
        db.session.remove()
