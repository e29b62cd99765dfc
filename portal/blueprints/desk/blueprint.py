"""The blueprint its views hang on, and how its answers look."""

from flask import Blueprint, Response, url_for

from portal.blueprints.addresses import to
from portal.records import Record

bp = Blueprint("desk", __name__, url_prefix="/desk")


def back(ticket: Record) -> Response:
    """To the ticket's page."""
    return to(url_for("desk.ticket", ticket_id=ticket.id))
