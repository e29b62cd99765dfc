"""The blueprint its views hang on."""

from flask import Blueprint

bp = Blueprint("public", __name__)
