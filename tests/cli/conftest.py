"""Machines with an empty database, and one with a portal at work."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portal import records
from portal.cli.database import migrate
from portal.cli.prepare import make_private
from portal.extensions import db, transaction
from portal.schema import directory, releases
from portal.security import SYSTEM
from tests.cli.boxes import KEY, Box, create
from tests.records.sealed import CARD


@pytest.fixture
def box(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], Box]:
    """Machines with an empty database each."""

    def make(name: str) -> Box:
        if engine_name == "sqlite":
            return Box(tmp_path / name, f"sqlite:///{tmp_path / name / 'portal.db'}")
        server = request.getfixturevalue("postgres")
        server.drop(f"box_{name}")
        server.execute(f"CREATE DATABASE box_{name}")
        return Box(tmp_path / name, server.url(f"box_{name}"))

    return make


@pytest.fixture
def office(box: Callable[[str], Box]) -> Iterator[tuple[Box, Any]]:
    """A machine with a portal at work."""
    made = box("office")
    make_private(made.folder / "secret_key", KEY)
    app = made.app()
    migrate(app)
    with app.app_context():
        releases.publish(directory.load(), by=SYSTEM, note="", expected_release=0)
        with transaction():
            records.files.store(io.BytesIO(b"contract"), "contract.txt", None)
        create("the first")
        with transaction():
            customer = records.search("customer", SYSTEM).records[0].id
            person = {"name": "张三", "customer": customer, "id_number": CARD}
            records.save(records.new("contact", SYSTEM), person, by=SYSTEM)
    yield made, app
    with app.app_context():
        db.engine.dispose()
