"""Choices found while typing: records, people, offices and teams by a part of their name."""

from flask import Response, jsonify, request
from flask_login import current_user

from portal import records, schema
from portal.blueprints.records.blueprint import bp
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
