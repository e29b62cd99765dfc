"""The blueprint the generic pages of every entity hang on."""

from flask import Blueprint

bp = Blueprint("records", __name__)
