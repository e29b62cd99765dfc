"""The blueprint its views hang on."""

from flask import Blueprint

bp = Blueprint("segments", __name__, url_prefix="/segments")
