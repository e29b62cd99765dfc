"""The life of an import: begin with a file, plan the columns, check, run."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from flask_babel import gettext

from portal import clock, jobs, records, schema
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.extensions import db, transaction
from portal.fields import Field
from portal.integrations import headers, sheets, source, twins
from portal.integrations.account import told, untold
from portal.integrations.models import (
    CHECKED,
    CHECKING,
    FATES,
    MODES,
    PLANNING,
    RUNNING,
    UPDATE,
    UPSERT,
    Import,
    ImportBatch,
    RememberedColumns,
)
from portal.integrations.reading import AS_USUAL, Reading
from portal.integrations.reading import found as found_reading
from portal.integrations.references import References
from portal.integrations.row_reader import Row
from portal.schema import Entity
from portal.security import Actor, Person, policy

SAMPLES, LOOKED = 12, 200


def begin(entity: Entity, stream: IO[bytes], name: str, by: Person) -> Import:
    """Keep the file and look into it; raises SheetError, Invalid, Forbidden."""
    if not (policy.may(by, "import") and policy.can(by, "create", entity.key)):
        raise Forbidden
    with transaction():
        stored = source.keep(entity, stream, name, by)
        with source.local(stored) as path:
            found = look(path)
        plan = Import(entity=entity.key, file_id=stored.id, file_name=stored.name, by_id=by.id, sheets=found)
        plan.state = PLANNING
        choose_sheet(plan, next(sheet["number"] for sheet in found if sheet["rows"]), by)
        db.session.add(plan)
        db.session.flush()
    return plan


def look(path: Path, reading: Reading = AS_USUAL) -> list[dict[str, Any]]:
    """The sheets with their first rows and how they are best read, as JSON; raises Invalid where none has rows."""
    found = [
        {
            "number": sheet.number,
            "name": sheet.name,
            "merged": sheet.merged,
            "reading": {"encoding": sheet.encoding, "separator": sheet.separator, **found_reading(sheet.rows)},
            "rows": [[number, [told(cell) for cell in cells]] for number, cells in sheet.rows[:SAMPLES]],
        }
        for sheet in sheets.look(path, LOOKED, **reading.shape)
    ]
    if not any(sheet["rows"] for sheet in found):
        raise Invalid({"file": gettext("Send a file with rows: this one is empty.")})
    return found


def choose_sheet(plan: Import, number: int, by: Actor, header_row: int | None = None) -> None:
    """Take the sheet of that number and map its columns: as the last time, else as their headers tell.

    `header_row` is where the headers begin, where it is not the likely one.
    """
    sheet = next((sheet for sheet in plan.sheets if sheet["number"] == number), None)
    if sheet is None or not sheet["rows"]:
        raise NotFound
    rows = samples(sheet)
    first = header_row if header_row in dict(rows) else headers.header_row(rows)
    plan.sheet, (plan.header_row, plan.headers) = number, headers.titles(rows, first or 0, sheet["merged"])
    kept = _remembered(plan, by)
    plan.reading = dict(sheet["reading"])
    if kept and not set(headers.REASON).isdisjoint(plan.headers):  # a mended file is read as the one it came from
        plan.reading |= kept.settled.get("reading", {})
    plan.mode = kept.settled.get("mode", UPSERT) if kept else UPSERT
    plan.match_by = kept.settled.get("match_by", []) if kept else []
    columns = remembered(plan, by) or suggested(plan, rows, by)
    plan.columns = {str(place): key for place, key in columns.items()}


def read_anew(plan: Import, reading: Reading, by: Actor, header_row: int | None = None) -> None:
    """Look into the file again as the person says that it is to be read; raises Invalid, SheetError, Conflict."""
    if plan.state not in (PLANNING, CHECKING, CHECKED):
        raise Conflict(gettext("This import has begun: its columns stay as they are."))
    with transaction():
        stored = db.session.get_one(records.files.StoredFile, plan.file_id)
        with source.local(stored) as path:
            plan.sheets = look(path, reading)
        choose_sheet(plan, plan.sheet, by, header_row)
        plan.reading, plan.state, plan.checked = plan.reading | _said(reading), PLANNING, {}


def _said(reading: Reading) -> dict[str, str]:
    return {key: value for key, value in reading.kept().items() if value}


def samples(sheet: Mapping[str, Any]) -> list[tuple[int, list[Any]]]:
    """The first rows of a sheet that was looked into."""
    return [(number, [untold(cell) for cell in cells]) for number, cells in sheet["rows"]]


def ways_to_match(plan: Import, keys: Collection[str] | None = None) -> list[list[str]]:
    """The fields by which a row may find its record: those among these keys, or all that the entity has."""
    entity = schema.current().entities[plan.entity]
    return [list(way) for way in twins.ways(entity, entity.fields if keys is None else keys)]


def fields_for(plan: Import, by: Actor) -> dict[str, Field]:
    """The fields that the columns may be mapped to."""
    return headers.offered(schema.current().entities[plan.entity], by)


def offered(entity: Entity, by: Actor) -> list[Field]:
    """The fields a template has columns for, what must be given first."""
    found = headers.offered(entity, by).values()
    return sorted(found, key=lambda field: not field.required)


def remembered(plan: Import, by: Actor) -> dict[int, str]:
    """The mapping that this set of headers had the last time, as far as its fields are still there."""
    kept = _remembered(plan, by)
    fields = fields_for(plan, by)
    known = kept.columns if kept else {}
    named = enumerate(headers.distinct(plan.headers))
    return {place: known[title] for place, title in named if known.get(title) in fields}


def _remembered(plan: Import, by: Actor) -> RememberedColumns | None:
    """What the person chose for these headers; before their first time, what a colleague chose last."""
    memory = RememberedColumns
    same = (memory.entity == plan.entity, memory.headers_key == headers.key_of(plan.headers))
    mine = sa.case((memory.by_id == by.id, 0), else_=1)
    return db.session.scalars(sa.select(memory).where(*same).order_by(mine, memory.at.desc()).limit(1)).first()


def suggested(plan: Import, rows: list[tuple[int, list[Any]]], by: Actor) -> dict[int, str]:
    """The likely mapping; an optional reference is left out where nothing that the first rows name is known."""
    fields = fields_for(plan, by)
    found = headers.guess(schema.current().entities[plan.entity], fields, plan.headers)
    below = [cells for number, cells in rows if number > plan.header_row]
    return {
        place: key
        for place, key in found.items()
        if fields[key].type.target is None or fields[key].required or _is_known(fields[key], place, below, by)
    }


def _is_known(asked: Field, place: int, below: list[list[Any]], by: Actor) -> bool:
    rows = [
        Row(at, cells, {asked.key: cells[place]})
        for at, cells in enumerate(below)
        if place < len(cells) and cells[place] not in (None, "")
    ]
    References(by).settle(rows, asked)
    return not rows or any(asked.key in row.values for row in rows)


def set_columns(
    plan: Import,
    columns: Mapping[int, str],
    by: Actor,
    *,
    mode: str = UPSERT,
    match_by: Sequence[str] = (),
    reading: Reading | None = None,
) -> None:
    """Settle the mapping and what to do with rows, remember it for these headers, and have the file checked.

    Raises Invalid, Conflict.
    """
    if plan.state not in (PLANNING, CHECKING, CHECKED):
        raise Conflict(gettext("This import has begun: its columns stay as they are."))
    fields = fields_for(plan, by)
    chosen = [key for key in columns.values() if key]
    if not chosen:
        raise Invalid({"columns": gettext("Choose a field for at least one column.")})
    if len(set(chosen)) < len(chosen) or not set(chosen) <= fields.keys():
        raise Invalid({"columns": gettext("Choose each field for one column only.")})
    if mode not in MODES or (list(match_by) not in ways_to_match(plan, chosen) and match_by):
        raise Invalid({"match_by": gettext("Choose a column for the fields by which records are found.")})
    if mode == UPDATE and not (match_by or ways_to_match(plan, chosen)):
        raise Invalid({"match_by": gettext("Choose a column by which records are found, such as the external ID.")})
    with transaction():
        plan.columns = {str(place): key for place, key in columns.items() if key}
        plan.mode, plan.match_by = mode, list(match_by)
        plan.reading = plan.reading | _said(reading or Reading.of(plan.reading))
        named = dict(enumerate(headers.distinct(plan.headers)))
        titles = {named[place]: key for place, key in columns.items() if key and place in named}
        db.session.merge(
            RememberedColumns(
                entity=plan.entity,
                headers_key=headers.key_of(plan.headers),
                by_id=plan.by_id,
                columns=titles,
                settled=_settled(plan),
                at=clock.now(),
            )
        )
        plan.state, plan.checked = CHECKING, {}
        plan.job_id = jobs.enqueue("imports.check", {"import_id": plan.id}, by=by).id


def _settled(plan: Import) -> dict[str, Any]:
    """What is remembered beside the columns."""
    reading = {key: plan.reading[key] for key in ("days", "decimal") if key in plan.reading}
    return {"mode": plan.mode, "match_by": plan.match_by, "reading": reading}


def start(plan: Import, by: Actor) -> None:
    """Have the rows stored by a job; raises Conflict unless the file was checked."""
    if plan.state != CHECKED:
        raise Conflict(gettext("Check the file first."))
    with transaction():
        plan.state = RUNNING
        plan.job_id = jobs.enqueue("imports.run", {"import_id": plan.id}, by=by).id


def fetch(import_id: int, person: Person) -> Import:
    """The import, for who brought the file or manages the jobs of that office; raises NotFound."""
    plan = db.session.scalar(sa.select(Import).where(Import.id == import_id, _visible(person)))
    if plan is None:
        raise NotFound
    return plan


def recent(person: Person, limit: int = 50) -> list[Import]:
    """The latest imports of the person, and those of the office for who manages its jobs."""
    select = sa.select(Import).where(_visible(person)).order_by(Import.id.desc()).limit(limit)
    return list(db.session.scalars(select))


def _visible(person: Person) -> sa.ColumnElement[bool]:
    return policy.deeds(person, "jobs.manage", Import.by_id)


def sums(plan: Import) -> dict[str, int]:
    """What became of the rows so far, by fate."""
    columns = [sa.func.coalesce(sa.func.sum(getattr(ImportBatch, fate)), 0) for fate in FATES]
    found = db.session.execute(sa.select(*columns).where(ImportBatch.import_id == plan.id)).one()
    return {fate: int(count) for fate, count in zip(FATES, found, strict=True)}
