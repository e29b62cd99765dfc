"""Choices found while typing, and inputs whose later parts follow from the first."""

import re

from flask import Response, jsonify, render_template, request
from flask_login import current_user

from portal import records, schema
from portal.blueprints.records.blueprint import bp
from portal.blueprints.records.cells import one_field
from portal.errors import NotFound
from portal.security import policy

MOST = 20
STAFF = ("person", "office", "team")


@bp.get("/choices/<target>")
@policy.signed_in
def choices(target: str) -> Response:
    """Up to twenty choices as JSON; of records only those the person may see."""
    if target not in STAFF and not (target in schema.current().entities and policy.can(current_user, "view", target)):
        raise NotFound
    links = records.links.Links(lambda: current_user)
    found = links.find(target, request.args.get("q", "")[:100], MOST)
    return jsonify(items=[{"value": str(id_), "text": label} for id_, label in found])


@bp.get("/inputs/<kind>/<field>")
@policy.signed_in
def drawn_input(kind: str, field: str) -> str:
    """The input of a field drawn again for what was chosen in it, such as the cities of a province."""
    entity = schema.current().entities.get(kind)
    chosen = entity.writable().get(field) if entity else None
    if chosen is None or chosen.type.is_upload or policy.access(current_user, chosen) < policy.Access.WRITE:
        raise NotFound
    entry = one_field(chosen)["value"]
    entry.process(request.args)
    place = re.sub(r"[^\w-]", "", request.args.get("_id", ""))[:80]
    return render_template("records/drawn_input.html", field=chosen, entry=entry, place=place)
