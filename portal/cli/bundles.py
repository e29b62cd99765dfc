"""`portal schema bundle …` and `drift`: documents between sites, in one signed file."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click
from flask import Flask

from portal import clock, create_app
from portal.records import publishing
from portal.schema import SchemaError, compiled, differences, releases
from portal.schema import bundle as files
from portal.security import SYSTEM
from portal.settings import Settings

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def bundle() -> None:
    """Carry the documents to another site in one signed file."""


@bundle.command()
def key() -> None:
    """Print a new pair of keys: the private one signs here, the public one is trusted elsewhere."""
    private, public = files.pair()
    click.echo(f"PORTAL_BUNDLE_KEY={private}\nPORTAL_BUNDLE_TRUST={public}")


@bundle.command("export")
@click.argument("file", type=FILE)
@click.option("--release", "number", type=int, help="Its number; the one in force when not given.")
@click.option("--note", default="", help="Why; shown where it is unpacked.")
def pack(file: Path, number: int | None, note: str) -> None:
    """Write the documents of a release into FILE, signed with PORTAL_BUNDLE_KEY."""
    app = create_app()
    with app.app_context():
        release = releases.current_number() if number is None else number
        settings = _settings(app)
        made = files.Bundle(settings.base_url, release, clock.now().isoformat(), note, releases.documents(release))
        file.write_bytes(files.pack(made, settings.bundle_key))
    click.echo(f"release {release}, {len(made.documents)} documents, in {file}\nchecksum {_sum(made.documents)}")


@bundle.command("import")
@click.argument("file", type=FILE)
def unpack(file: Path) -> None:
    """Publish the documents in FILE, signed by a key of PORTAL_BUNDLE_TRUST."""
    app = create_app()
    with app.app_context():
        found = _opened(app, file)
        note = f"{found.site} {found.release}: {found.note}".rstrip(": ")
        try:
            expected = releases.current_number()
            release = publishing.publish(found.documents, by=SYSTEM, note=note, expected_release=expected)
        except SchemaError as wrong:
            raise click.ClickException(f"nothing was published\n{wrong}") from None
        click.echo(f"release {release.number} is in force, from {found.site} release {found.release}")
        click.echo(f"checksum {_sum(releases.documents(release.number))}")


@click.command()
@click.argument("file", type=FILE)
def drift(file: Path) -> None:
    """Tell how this site's documents differ from those in FILE; exits with 1 when they do."""
    app = create_app()
    with app.app_context():
        found = _opened(app, file)
        number = releases.current_number()
        mine = releases.documents(number)
    changes = differences.between(found.documents, mine)
    click.echo(f"here release {number}; {found.site} release {found.release} of {found.at}")
    click.echo(f"checksum here {_sum(mine)}, there {_sum(found.documents)}")
    for change in changes:
        word = {"added": "only here", "removed": "only there", "changed": "differs"}[change.kind]
        click.echo(f"{word:<10} {change.path} (+{change.added} -{change.removed})")
    click.echo("".join(differences.text(found.documents, mine)), nl=False)
    sys.exit(1 if changes else 0)


def _sum(documents: Mapping[str, str]) -> str:
    """What two sites compare at a glance: of the documents alone, for columns are each site's own."""
    return compiled.checksum_of(documents, {})


def _opened(app: Flask, file: Path) -> files.Bundle:
    """Return the bundle, signed by a trusted key or by our own."""
    settings = _settings(app)
    own = {files.public_of(settings.bundle_key)} if settings.bundle_key else set()
    try:
        return files.unpack(file.read_bytes(), {*settings.bundle_trust.split(), *own})
    except (OSError, files.BundleError) as error:
        raise click.ClickException(str(error)) from error


def _settings(app: Flask) -> Settings:
    settings: Settings = app.config["PORTAL"]
    return settings
