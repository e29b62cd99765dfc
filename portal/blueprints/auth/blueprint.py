"""The blueprint its views hang on."""

from flask import Blueprint

bp = Blueprint("auth", __name__)
