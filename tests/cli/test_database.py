"""The migrations make exactly the tables of the models, on both engines."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal import create_app
from portal.cli.database import migrate
from portal.extensions import db
from tests.conftest import settings_for


@pytest.fixture
def empty_url(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """An empty database."""
    if engine_name == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server = request.getfixturevalue("postgres")
    server.drop("portal_empty")
    server.execute("CREATE DATABASE portal_empty")
    return str(server.url("portal_empty"))


def test_migrations_and_models_agree(empty_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path, PORTAL_DATABASE_URL=empty_url))
    migrate(app)
    migrate(app)  # again changes nothing
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            change for change in compare_metadata(context, db.metadata) if "alembic_version" not in str(change)
        ]
    with app.app_context():
        db.engine.dispose()
    assert differences == [], "run tools/regenerate_migration.py"
