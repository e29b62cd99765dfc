"""`portal files`: carry stored files from one store to the other, see that they are whole, delete what is over."""

import click

from portal import create_app, records, storage
from portal.errors import PortalError
from portal.extensions import db

STEP = 1000


@click.group()
def files() -> None:
    """Look after stored files."""


@files.command()
@click.option("--to", type=click.Choice(storage.KEYS), required=True, help="The store that takes them.")
def move(to: str) -> None:
    """Carry all files into a store while the portal works.

    Set PORTAL_FILES first, so that new files go there. Stopped, it goes on where it was. Each file is read back and
    compared with its checksum; the old bytes are deleted a day later.
    """
    with create_app().app_context():
        try:
            account = records.upkeep.move(to, _told)
        finally:
            db.engine.dispose()
    _answer(f"{account.done:,} files carried over to {to}", account)


@files.command()
def check() -> None:
    """Read every file and compare it with its checksum."""
    with create_app().app_context():
        try:
            account = records.upkeep.verify(_told)
        finally:
            db.engine.dispose()
    _answer(f"{account.done:,} files read", account)


@files.command()
def tidy() -> None:
    """Delete bytes that no record has named for a day."""
    with create_app().app_context():
        try:
            click.echo(f"{records.upkeep.delete_orphans():,} deleted")
        finally:
            db.engine.dispose()


def _told(done: int) -> None:
    if done % STEP == 0:
        click.echo(f"{done:,} …")


def _answer(said: str, account: records.upkeep.Account) -> None:
    for word, digests in (("is missing", account.missing), ("was damaged", account.damaged)):
        for digest in digests:
            click.echo(f"portal: the file {digest} {word}", err=True)
    click.echo(said)
    if account.missing or account.damaged:
        raise PortalError(f"{len(account.missing)} files are missing, {len(account.damaged)} damaged")
