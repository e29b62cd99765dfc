"""Behind a mask: the question for a reason, the value for a while, the mask again."""

from typing import Any

from flask import render_template, request
from flask_login import current_user

from portal import records
from portal.blueprints import screens
from portal.blueprints.records.blueprint import bp
from portal.errors import Invalid
from portal.records import Record, revealing
from portal.schema import Entity
from portal.security import policy


@bp.get("/<entity:entity>/<int:record_id>/fields/<field>/revelation")
@policy.requires_entity("view")
def ask_to_reveal(entity: Entity, record_id: int, field: str) -> str:
    """Ask why the value is needed; with `?hidden` the mask as it was."""
    record = records.fetch(entity.key, record_id, screens.me())
    revealing.check(record, field)
    if "hidden" in request.args:
        return render_template("records/cell.html", record=record, field=record.entity.fields[field], reveals=True)
    return _asked(record, field)


@bp.post("/<entity:entity>/<int:record_id>/fields/<field>/revelation")
@policy.requires_entity("view")
def reveal(entity: Entity, record_id: int, field: str) -> Any:
    """Show the value for a while; who saw it and why is in the audit log by then."""
    record = records.fetch(entity.key, record_id, screens.me())
    reason, note = request.form.get("reason", ""), request.form.get("note", "")
    try:
        text = revealing.reveal(record, field, reason, note, by=current_user)
    except Invalid as refused:
        return _asked(record, field, reason, note, refused.problems), 422
    name = "records/revealed.html" if screens.is_piece() else "records/revealed_page.html"
    values = {"record": record, "field": record.entity.fields[field], "text": text, "seconds": revealing.SECONDS}
    return render_template(name, entity=entity, **values)


def _asked(record: Record, key: str, reason: str = "", note: str = "", problems: Any = None) -> str:
    name = "records/reveal.html" if screens.is_piece() else "records/reveal_page.html"
    return render_template(
        name,
        entity=record.entity,
        record=record,
        field=record.entity.fields[key],
        reasons=revealing.REASONS,
        longest=revealing.LONGEST,
        chosen=reason,
        note=note,
        problems=problems or {},
    )
