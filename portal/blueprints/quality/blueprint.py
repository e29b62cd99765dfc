"""The blueprint of the quality of data."""

from flask import Blueprint

bp = Blueprint("quality", __name__, url_prefix="/quality")
