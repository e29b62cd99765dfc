"""Machines of a test: an instance folder, a database, and the commands run there."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from click.testing import CliRunner, Result

from portal import audit, create_app, records, schema
from portal.audit import AuditLine
from portal.cli import commands
from portal.extensions import db, transaction
from portal.schema import releases
from portal.security import SYSTEM
from tests.conftest import settings_for

KEY = "k" * 40


class Box:
    """A machine: an instance folder, a database, and the commands run there."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.folder, self.url = folder, url

    def run(self, *words: str | Path, **given: str) -> Result:
        """One command as the console runs it."""
        here = {"PORTAL_MODE": "test", "PORTAL_INSTANCE": str(self.folder), "PORTAL_DATABASE_URL": self.url}
        unset = {"PORTAL_SECRET_KEY": None, "REDIS_URL": None}
        return CliRunner().invoke(commands, [str(word) for word in words], env={**unset, **here, **given})

    def run_apart(self, *words: str | Path) -> str:
        """The same as a process of its own, as somebody types it while the portal works; returns what it said."""
        cleared = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "REDIS_"))}
        here = {"PORTAL_MODE": "test", "PORTAL_INSTANCE": str(self.folder), "PORTAL_DATABASE_URL": self.url}
        command = [sys.executable, "-m", "portal.cli", *map(str, words)]
        done = subprocess.run(command, env={**cleared, **here}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def app(self) -> Any:
        """Its portal."""
        return create_app(settings_for(self.folder, PORTAL_DATABASE_URL=self.url))

    def look(self) -> SimpleNamespace:
        """What a portal finds there."""
        app = self.app()
        with app.app_context():
            table = records.tables.table_of("customer")
            name = schema.current().entities["customer"].fields["name"].column
            mine = (AuditLine.action == "record.created", AuditLine.entity == "customer")
            created = sa.select(AuditLine.record_id).where(*mine)
            found = SimpleNamespace(
                cards=[one["id_number"] for one in records.search("contact", SYSTEM)],
                names=set(db.session.scalars(sa.select(table.c[name]))),
                ids=sorted(db.session.scalars(sa.select(table.c.id))),
                told=sorted(db.session.scalars(created)),
                files=[_bytes(row) for row in db.session.query(records.files.StoredFile)],
                faults=audit.verify().faults,
                release=releases.current_number(),
                key=(self.folder / "secret_key").read_text(),
            )
            db.session.remove()
            db.engine.dispose()
        return found


def _bytes(row: Any) -> bytes:
    with records.files.local(row) as path:
        return path.read_bytes()


def create(name: str) -> None:
    """One more customer."""
    with transaction():
        records.save(records.new("customer", SYSTEM), {"name": name}, by=SYSTEM)
