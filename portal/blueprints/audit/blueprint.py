"""The blueprint its view hangs on."""

from flask import Blueprint

bp = Blueprint("audit", __name__)
