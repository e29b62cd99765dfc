"""`portal db upgrade`: bring the system tables up to date."""

import click
import flask_migrate

from portal import Portal, create_app


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
    with app.app_context():
        flask_migrate.upgrade()
