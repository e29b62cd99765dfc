"""`portal import`: bring a file in from the shell, or see how the importer reads it."""

import json
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask_babel import force_locale
from sqlalchemy import select

from portal import create_app, jobs, schema
from portal.errors import Invalid
from portal.extensions import db
from portal.integrations import Import, imports, mended, sheets
from portal.security import Person

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("import")
def import_() -> None:
    """Bring files in, or see how they are read."""


globals()["import"] = import_  # the command's name is a word of the language


@import_.command()
@click.argument("entity")
@click.argument("file", type=FILE)
@click.option("--as", "username", help="In whose name; the first administrator when not given.")
@click.option("--sheet", type=int, help="Number of the sheet; the first with rows when not given.")
@click.option("--column", "columns", multiple=True, metavar="HEADER=FIELD", help="Map a column; may be repeated.")
@click.option(
    "--mode",
    type=click.Choice(("create", "update", "upsert")),
    default="upsert",
    help="What to do with rows: upsert does both.",
)
@click.option("--match", "match_by", metavar="FIELD[,FIELD]", help="The fields by which a row finds its record.")
@click.option("--refused", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the rows not taken.")
def run(
    entity: str,
    file: Path,
    username: str | None,
    sheet: int | None,
    columns: tuple[str, ...],
    mode: str,
    match_by: str | None,
    refused: Path | None,
) -> None:
    """Import FILE as records of ENTITY and say what became of its rows; exits with 1 when rows were refused."""
    with create_app().app_context(), force_locale("en"):
        try:
            plan, by = _begin(entity, file, username, sheet)
            imports.set_columns(
                plan, _mapped(plan, columns), by, mode=mode, match_by=(match_by or "").replace(",", " ").split()
            )
            plan = _wait(plan)
            imports.start(plan, by)
            plan = _wait(plan)
        except Invalid as problem:
            raise click.ClickException(" ".join(str(message) for message in problem.problems.values())) from problem
        sums = imports.sums(plan)
        if refused:
            mended.write(plan, refused)
    click.echo(f"{plan.total} rows: " + ", ".join(f"{count} {fate}" for fate, count in sums.items()))
    if sums["refused"]:
        raise SystemExit(1)


@import_.command()
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all sheets and cells.")
def parse(file: Path, as_json: bool) -> None:
    """Show the cells of FILE as the importer reads them, sheet by sheet."""
    found = sheets.look(file, 0)
    if as_json:
        told = [
            {"sheet": sheet.name, "rows": [{"row": number, "cells": cells} for number, cells in sheet.rows]}
            for sheet in found
        ]
        click.echo(json.dumps({"file": file.name, "sheets": told}, ensure_ascii=False, default=_moment))
        return
    for sheet in found:
        click.echo(f"# {sheet.name}")
        for number, cells in sheet.rows:
            click.echo(f"{number}\t" + "\t".join("" if cell is None else str(cell) for cell in cells))


def _begin(entity_key: str, file: Path, username: str | None, sheet: int | None) -> tuple[Import, Person]:
    entity = schema.current().entities.get(entity_key)
    if entity is None:
        raise click.ClickException(f"there is no entity {entity_key}; known: {', '.join(schema.current().entities)}")
    wanted = Person.username == username if username else Person.roles.any(role_key="admin")
    by = db.session.scalars(select(Person).where(Person.active, wanted).order_by(Person.id)).first()
    if by is None:
        raise click.ClickException(f"there is nobody called {username}" if username else "there is no administrator")
    with file.open("rb") as stream:
        plan = imports.begin(entity, stream, file.name, by)
    if sheet is not None:
        imports.choose_sheet(plan, sheet, by)
    return plan, by


def _mapped(plan: Import, columns: tuple[str, ...]) -> dict[int, str]:
    """The guessed columns, overruled by those given."""
    mapped = {int(place): key for place, key in plan.columns.items()}
    for told in columns:
        header, _, key = told.rpartition("=")
        if header not in plan.headers:
            raise click.ClickException(f"there is no column {header}; the file has: {', '.join(plan.headers)}")
        mapped = {place: known for place, known in mapped.items() if known != key}
        mapped[plan.headers.index(header)] = key
    return mapped


def _wait(plan: Import) -> Import:
    """Do the import's job here, or wait for the worker that was quicker."""
    job, plan_id = jobs.run_now(plan.job_id or 0), plan.id
    while not job.has_ended:
        time.sleep(0.2)
        db.session.rollback()
        job = db.session.get_one(jobs.Job, job.id, populate_existing=True)
    if job.state != "done":
        raise click.ClickException(f"the import stopped: {job.error or job.state}")
    return db.session.get_one(Import, plan_id, populate_existing=True)


def _moment(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
