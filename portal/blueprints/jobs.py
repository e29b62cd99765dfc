"""Background work: list, page with live progress, cancel, retry."""

from flask import Blueprint

bp = Blueprint("jobs", __name__, url_prefix="/jobs")
