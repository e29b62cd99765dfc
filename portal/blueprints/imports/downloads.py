"""The workbooks of an import: the rows not taken, the records an undo left as they are, an empty one to begin with."""

from collections.abc import Callable, Iterator
from pathlib import Path

from flask import Response, request
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.attachments import attached
from portal.blueprints.imports.blueprint import bp
from portal.blueprints.imports.standing import named
from portal.blueprints.imports.words import WHY
from portal.errors import NotFound
from portal.integrations import Import, cells, imports, mended, undoing, written
from portal.schema import Entity
from portal.security import policy


@bp.get("/<int:import_id>/refused.xlsx")
@policy.requires("import")
def refused(import_id: int) -> Response:
    """The workbook of rows that were not taken, each with its reasons."""
    plan = imports.fetch(import_id, current_user)
    name = _named(plan, _("refused"))
    return _workbook(lambda path: mended.write(imports.fetch(import_id, current_user), path), name)


@bp.get("/<int:import_id>/kept.xlsx")
@policy.requires("import")
def kept(import_id: int) -> Response:
    """The workbook of the records that the undo left as they are, each with the reason and its address."""
    plan = imports.fetch(import_id, current_user)
    name = _named(plan, _("left as they are"))
    return _workbook(lambda path: cells.write_lines(_kept(imports.fetch(import_id, current_user)), path), name)


def _kept(plan: Import) -> Iterator[list[object]]:
    yield [_("Record"), _("Why"), _("Changed by"), _("When"), _("Address")]
    waiting = undoing.kept(plan)
    while some := named(plan, waiting, current_user, 500):
        for one, title, path in some:
            address = request.host_url.rstrip("/") + path if path else ""
            yield [title, str(WHY[one.why]), one.by_name, one.at, address]


@bp.get("/template/<entity:entity>.xlsx")
@policy.requires("import")
def template(entity: Entity) -> Response:
    """An empty workbook with a column for each field the person may fill in."""
    if not policy.can(current_user, "create", entity.key):
        raise NotFound
    fields = imports.offered(entity, current_user)
    return _workbook(lambda path: mended.write_template(fields, path), f"{entity.plural}.xlsx")


def _named(plan: Import, what: str) -> str:
    return f"{Path(plan.file_name).stem}-{what}.xlsx"


def _workbook(write: Callable[[Path], object], name: str) -> Response:
    return attached(written.once(write), name)
