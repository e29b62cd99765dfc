"""What the pieces of an import's page show."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from flask import request
from flask_login import current_user

from portal import records, schema
from portal.blueprints.imports.words import FATES, MODES, MOVING, OUTCOMES, PLANNED, READINGS, WHY
from portal.extensions import db
from portal.fields import Field, FieldError
from portal.integrations import Import, Reading, imports, undoing
from portal.jobs import Job
from portal.security import Actor

KEPT_SHOWN = 50
COUNTED = ("running", "done", "undoing", "undone")


def standing(plan: Import, draft: Import | None = None, problem: str = "") -> dict[str, Any]:
    """What the pieces of an import need."""
    is_planning = plan.state == "planning" or "change" in request.args or bool(problem)
    if is_planning and plan.state not in COUNTED:
        draft = draft or draft_of(plan, request.args.get("sheet", type=int))
    job = db.session.get(Job, plan.job_id) if plan.job_id else None
    return {
        "plan": plan,
        "draft": draft,
        "entity": schema.current().entities[plan.entity],
        "fields": imports.fields_for(plan, current_user),
        "rows": _rows(draft) if draft else [],
        "modes": MODES,
        "reading": Reading.of(draft.reading) if draft else None,
        "readings": READINGS,
        "ways": imports.ways_to_match(plan) if draft else [],
        "job": job,
        "sums": imports.sums(plan) if plan.state in COUNTED else plan.checked.get("counts", {}),
        "fates": PLANNED if plan.state == "checked" else FATES,
        "problem": problem,
        "is_moving": plan.state in MOVING,
        "can_be_undone": undoing.is_possible(plan),
        "outcomes": OUTCOMES,
        "undone": plan.undone or (job.checkpoint.get("sums", {}) if job and plan.state == "undoing" else {}),
        "kept": named(plan, undoing.kept(plan, KEPT_SHOWN), current_user) if plan.state == "undone" else [],
        "why": WHY,
        "likely": likely(plan, current_user) if plan.state == "checked" else [],
    }


def named(plan: Import, kept: Iterator[Any], person: Actor, most: int | None = None) -> list[tuple[Any, str, str]]:
    """The next kept records, each with the title that the person may know and the path where they may see it."""
    entity, found = schema.current().entities[plan.entity], list(islice(kept, most))
    known = records.links.called({(plan.entity, one.record_id) for one in found}, person)
    titles = [known.get((plan.entity, one.record_id)) for one in found]
    return [
        (one, title or f"#{one.record_id}", f"/{entity.slug}/{one.record_id}" if title else "")
        for one, title in zip(found, titles, strict=True)
    ]


def likely(plan: Import, person: Actor) -> list[tuple[dict[str, Any], str | None]]:
    """What the check took for likely duplicates, each with the title of the record there, if it may be known."""
    found: list[dict[str, Any]] = plan.checked.get("likely") or []
    known = records.links.called({(plan.entity, one["record"]) for one in found}, person)
    return [(one, known.get((plan.entity, one["record"]))) for one in found]


def draft_of(plan: Import, sheet: int | None) -> Import:
    """The plan as it would be with another sheet; never stored."""
    draft = Import(entity=plan.entity, sheets=plan.sheets, by_id=plan.by_id, mode=plan.mode, match_by=plan.match_by)
    if sheet is None or sheet == plan.sheet:
        draft.sheet, draft.header_row, draft.headers = plan.sheet, plan.header_row, plan.headers
        draft.columns, draft.reading = dict(plan.columns), dict(plan.reading)
    else:
        imports.choose_sheet(draft, sheet, current_user)
    return draft


def _rows(draft: Import) -> list[list[tuple[Any, str]]]:
    """The first rows below the headers: each cell with what it means, where that is not plain."""
    sheet = next(sheet for sheet in draft.sheets if sheet["number"] == draft.sheet)
    fields, reading = imports.fields_for(draft, current_user), Reading.of(draft.reading)
    asked = {int(place): fields[key] for place, key in draft.columns.items() if key in fields}
    below = [cells for number, cells in imports.samples(sheet) if number > draft.header_row][:4]
    return [[(cell, _meaning(cell, asked.get(place), reading)) for place, cell in enumerate(cells)] for cells in below]


def _meaning(cell: Any, asked: Field | None, reading: Reading) -> str:
    """How a text is read as a day or a number; nothing where it says so itself."""
    if asked is None or not isinstance(cell, str) or not (asked.type.is_time or asked.type.is_number):
        return ""
    try:
        meant = asked.type.text(asked.type.parse(reading.cell(cell, asked)))
    except FieldError:
        return "?"
    return meant if meant != cell.strip() else ""
