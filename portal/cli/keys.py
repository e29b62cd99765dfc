"""`portal keys`: the data keys of encrypted fields, seen and replaced."""

import click

from portal import create_app, records
from portal.extensions import db, transaction
from portal.security import SYSTEM


@click.group()
def keys() -> None:
    """See and replace the keys that encrypted fields are sealed with."""


@keys.command("list")
def show() -> None:
    """List the keys: number, state, cipher, day, and how many values are sealed with each."""
    with create_app().app_context():
        for key in records.resealing.states():
            click.echo(f"{key.id:>4} {key.state:<8} {key.cipher:<12} {key.made_at:%Y-%m-%d} {key.values}")
        db.session.rollback()


@keys.command()
def rotate() -> None:
    """Seal new values with another key from now on, and have a job seal those that are there anew."""
    with create_app().app_context():
        with transaction():
            number, job = records.resealing.rotate(SYSTEM)
            job_id = job.id
        click.echo(f"Key {number} seals new values; job {job_id} seals those that are there.")
