"""The blueprint of what belongs to nobody's room: home, search, notices, preferences."""

from flask import Blueprint

bp = Blueprint("home", __name__)
