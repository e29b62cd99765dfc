"""Taking lists out: as a workbook or as text."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from portal import clock, schema
from portal.blueprints.records import saved
from portal.errors import NotFound
from portal.extensions import db
from portal.integrations import exports
from portal.security import Person, policy

bp = Blueprint("exports", __name__, url_prefix="/exports")
WRITERS: dict[str, Any] = {"xlsx": exports.as_xlsx, "csv": exports.as_csv}


@bp.get("/")
@policy.requires("export")
def index() -> str:
    """What may be taken out."""
    entities = [one for one in schema.current().entities.values() if policy.can(current_user, "export", one.key)]
    return render_template("exports/index.html", entities=entities)


@bp.post("/")
@policy.requires("export")
def create() -> Response:
    """The list that `query` describes, as a file; it is made while it is sent, after the deed was written down."""
    entity = schema.current().entities.get(request.form.get("entity", ""))
    form = request.form.get("format", "xlsx")
    if entity is None or form not in WRITERS or not policy.can(current_user, "export", entity.key):
        raise NotFound
    state = saved.opened(entity, current_user, MultiDict(parse_qsl(request.form.get("query", ""))))
    person = current_user._get_current_object()
    export = exports.Export(entity, person, state.column_keys, state.condition, state.sort, state.text, state.archived)
    export.record(form)
    pieces = _pieces(form, export, person.id)
    answer = Response(stream_with_context(pieces), mimetype=exports.FORMATS[form])
    name = f"{entity.key}-{clock.today():%Y%m%d}.{form}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _pieces(form: str, export: exports.Export, person_id: int) -> Iterator[Any]:
    """Runs after the request's transaction has ended, so the person is fetched anew."""
    yield from WRITERS[form](replace(export, person=db.session.get_one(Person, person_id)))
