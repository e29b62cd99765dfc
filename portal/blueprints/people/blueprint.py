"""The blueprint its views hang on."""

from flask import Blueprint

bp = Blueprint("people", __name__, url_prefix="/people")
