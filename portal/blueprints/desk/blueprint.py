"""The blueprint its views hang on, and how its answers look."""

from flask import Blueprint, url_for
from flask import redirect as to
from werkzeug.wrappers import Response

from portal.records import Record

bp = Blueprint("desk", __name__, url_prefix="/desk")


def back(ticket: Record) -> Response:
    """To the ticket's page."""
    return to(url_for("desk.ticket", ticket_id=ticket.id), 303)
