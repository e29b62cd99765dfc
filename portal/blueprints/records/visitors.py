"""The piece that says who else is at a record; an open page asks for it again and again."""

from typing import Any

from flask import render_template, request

from portal import clock, records
from portal.blueprints import screens
from portal.blueprints.records.blueprint import bp
from portal.schema import Entity
from portal.security import policy

LONGEST = 30 * 60  # seconds that a page goes on asking: one left open must not keep its sign-in alive
STOP = 286  # what htmx takes for the end of asking


@bp.get("/<entity:entity>/<int:record_id>/visitors")
@policy.requires_entity("view")
def visitors(entity: Entity, record_id: int) -> Any:
    """Who else looks at or edits the record; asking says that one does oneself."""
    record = records.fetch(entity.key, record_id, screens.me())
    since = request.args.get("since", 0, type=int)
    if clock.now().timestamp() - since > LONGEST:
        return "", STOP
    is_editing = "edits" in request.args and record.may("edit")
    found = records.visitors.come(record, is_editing=is_editing)
    return render_template("records/visitors.html", visitors=found, is_editing=is_editing)
