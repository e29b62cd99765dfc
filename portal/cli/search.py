"""`portal search`: see that the search index is what the records say, and make it anew while people work."""

import click

from portal import create_app, jobs, records
from portal.errors import PortalError
from portal.extensions import db, transaction


@click.group()
def search() -> None:
    """Look after the search index."""


@search.command()
def rebuild() -> None:
    """Mend every entry that differs from its record, while people search and write.

    Stopped, it goes on where it was when a worker takes the job up again.
    """
    with create_app().app_context():
        try:
            with transaction():
                job = jobs.enqueue(records.reindexing.JOB, unique_key=records.reindexing.JOB)
            result = jobs.run_now(job.id).result
        finally:
            db.engine.dispose()
    if not isinstance(result, dict):
        raise PortalError("a worker has taken the job up; see Background work")
    click.echo(f"{result['records']:,} records looked at, {result['differing']:,} entries mended")


@search.command()
def check() -> None:
    """Say in how many rows the index differs from the records; changes no entry."""
    with create_app().app_context():
        try:
            number, is_sound = records.reindexing.differing(), records.reindexing.is_sound()
            if not is_sound:
                records.reindexing.restore_full_text()
        finally:
            db.engine.dispose()
    if not is_sound:
        click.echo("the full-text index was damaged and was made anew from its entries")
    click.echo(f"index differs from records in {number:,} rows")
    if number:
        raise PortalError("say: portal search rebuild")
