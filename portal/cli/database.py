"""`portal db upgrade`: bring the system tables up to date."""

from pathlib import Path

import click
import flask_migrate

from portal import Portal, create_app, extensions

FOLDER = Path(__file__).parent.parent.parent / "migrations"


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Bring the system tables up to date; what is there stays."""
    migrate(create_app())
    click.echo("The database is up to date.")


def migrate(app: Portal) -> None:
    """Run the migrations that this database has not seen yet."""
    attach(app)
    with app.app_context():
        flask_migrate.upgrade()


def attach(app: Portal) -> None:
    """Let an app be migrated: a web process never is, and is spared the 9 MB of Alembic and what that brings."""
    flask_migrate.Migrate(app, extensions.db, directory=str(FOLDER), render_as_batch=True)
