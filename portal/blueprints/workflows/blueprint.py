"""The blueprint its views hang on."""

from flask import Blueprint

bp = Blueprint("workflows", __name__, url_prefix="/workflows")
