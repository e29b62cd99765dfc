"""The migrations make exactly what the models say, on both engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal import Portal, create_app
from portal.cli.database import migrate
from portal.extensions import db
from tests.conftest import settings_for

MADE = {
    "sqlite": "SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'record_%'",
    "postgresql": "SELECT relkind::text || ' ' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
    "AND relname NOT LIKE 'record_%'",
}


@pytest.fixture
def empty(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Portal]:
    """A portal on an empty database."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if engine_name == "postgresql":
        server = request.getfixturevalue("postgres")
        server.drop("portal_empty")
        server.execute("CREATE DATABASE portal_empty")
        url = server.url("portal_empty")
    app = create_app(settings_for(tmp_path, PORTAL_DATABASE_URL=url))
    yield app
    with app.app_context():
        db.engine.dispose()


def made() -> set[str]:
    """Kinds and names of everything in the database."""
    with db.engine.connect() as connection:
        found = set(connection.scalars(sa.text(MADE[connection.dialect.name])))
    return {thing for thing in found if "alembic_version" not in thing}


def test_migrations_and_models_agree(empty: Portal) -> None:
    migrate(empty)
    migrate(empty)  # again changes nothing
    with empty.app_context():
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            changes = compare_metadata(context, db.metadata)
        by_migration = made()
        db.drop_all()
        db.create_all()
        by_models = made()
    # What only one engine has confuses the comparison; the names below cover it.
    ours = [change for change in changes if "alembic_version" not in str(change) and "search_" not in str(change)]
    assert ours == [], "run tools/regenerate_migration.py"
    assert by_migration == by_models
