"""`portal schema`: check, compare, publish, export and bring back the documents that shape the portal."""

import json
import sys
from pathlib import Path

import click

from portal import create_app
from portal.cli import folders
from portal.cli.bundles import bundle, drift
from portal.records import publishing
from portal.schema import (
    SchemaError,
    check,
    current,
    dictionary,
    differences,
    directory,
    json_schema,
    layers,
    lint,
    nouns,
    overlay_schema,
    reference,
    releases,
)
from portal.security import SYSTEM

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def schema() -> None:
    """Check, compare, publish, export and roll back the documents that shape the portal."""


@schema.command("check")
@click.argument("folder", type=FOLDER, default=directory.SHIPPED)
@click.option("--base", type=FOLDER, default=directory.SHIPPED, help="What FOLDER is laid over; what ships, else.")
@click.option("--site", is_flag=True, help="Lay FOLDER over the release in force here.")
@click.option("--pack", "brought", multiple=True, help="A pack that comes with it, by its key; may be given again.")
@click.option("--unused", is_flag=True, help="Also list messages, segments, calendars and tags no document names.")
def check_(folder: Path, base: Path, site: bool, brought: tuple[str, ...], unused: bool) -> None:
    """Check the documents in FOLDER (what ships, when not given) as a site has them: base, packs, offices.

    A folder of overlays of offices alone, or of a pack, is laid over the base. Exits with 1 when a document is wrong,
    with 2 when there is nothing to check.
    """
    result = folders.assembled(folder, _in_force() if site else folders.loaded(base), brought).check()
    _tell(result)
    for kind, key in lint.unused(result.catalog) if unused else ():
        click.echo(f"{kind} {key}: no document names it; people and campaigns may")
    warnings = len(result.problems) - len(result.errors)
    offices = len(layers.split(result.trees)[1])
    of_offices = f" ({offices} of offices)" if offices else ""
    click.echo(f"{len(result.trees)} documents{of_offices}, {len(result.errors)} errors, {warnings} warnings")
    sys.exit(1 if result.errors else 0)


@schema.command()
@click.argument("folder", type=FOLDER, default=directory.SHIPPED)
def diff(folder: Path) -> None:
    """Show how the documents in FOLDER differ from the release in force; exits with 1 when they do."""
    new = _load(folder)
    old = _in_force()
    lines = differences.text(old, new)
    click.echo("".join(lines), nl=False)
    sys.exit(1 if lines else 0)


@schema.command()
@click.argument("folder", type=FOLDER, default=directory.SHIPPED)
@click.option("--note", default="", help="Why; shown in the release history.")
def publish(folder: Path, note: str) -> None:
    """Publish the documents in FOLDER as a new release."""
    documents = _load(folder)
    with create_app().app_context():
        try:
            expected = releases.current_number()
            release = publishing.publish(documents, by=SYSTEM, note=note, expected_release=expected)
        except SchemaError:
            _tell(check.check(documents))
            raise click.ClickException("the documents have errors; nothing was published") from None
        click.echo(f"release {release.number} is in force")


@schema.command()
@click.argument("folder", type=FOLDER)
@click.option("--release", "number", type=int, help="Its number; the one in force when not given.")
def export(folder: Path, number: int | None) -> None:
    """Write the documents of a release into FOLDER, one file each."""
    with create_app().app_context():
        documents = releases.documents(releases.current_number() if number is None else number)
    written = directory.export(documents, folder)
    click.echo(f"{len(written)} documents in {folder}")


@schema.command()
@click.argument("number", type=int)
@click.option("--note", default="", help="Why; shown in the release history.")
def rollback(number: int, note: str) -> None:
    """Bring the documents of release NUMBER back into force, as a new release; no data is lost."""
    with create_app().app_context():
        documents, expected = releases.documents(number), releases.current_number()
        release = publishing.publish(documents, by=SYSTEM, note=note, expected_release=expected, restores=number)
        click.echo(f"release {release.number} is in force, with the documents of release {number}")


@schema.command("reference")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="docs/config-reference.md")
def reference_(file: Path) -> None:
    """Write the reference of all document kinds, keys, field types, operators and abilities into FILE."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(reference.markdown(), encoding="utf-8")
    click.echo(f"wrote {file}")


@schema.command("json-schema")
@click.argument("folder", type=FOLDER)
def json_schema_(folder: Path) -> None:
    """Write the JSON Schema of every kind of document into FOLDER, for editors outside of the portal."""
    found = {f"{kind}.json": json_schema.schema_of(kind) for kind in nouns.KINDS}
    found |= {f"offices/{kind}.json": overlay_schema.overlay_of(kind) for kind in layers.SHAPES}
    (folder / "offices").mkdir(parents=True, exist_ok=True)
    for name, made in found.items():
        text = json.dumps(made, ensure_ascii=False, indent=2, default=str)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    click.echo(f"{len(found)} schemas in {folder}")


@schema.command("dictionary")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def dictionary_(file: Path) -> None:
    """Write the data dictionary of the release in force, with what each role may do, into FILE (Markdown)."""
    with create_app().app_context():
        text = dictionary.markdown(current())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    click.echo(f"wrote {file}")


schema.add_command(bundle)
schema.add_command(drift)


def _load(folder: Path) -> dict[str, str]:
    documents = folders.loaded(folder)
    if not documents:
        raise folders.Unreadable(f"no documents in {folder}")
    return documents


def _in_force() -> dict[str, str]:
    with create_app().app_context():
        return releases.documents(releases.current_number())


def _tell(result: check.CheckResult) -> None:
    for problem in result.problems:
        click.echo(str(problem) + ("" if problem.severity == "error" else "  (warning)"), err=True)
