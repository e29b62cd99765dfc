"""The blueprint of the pages of files."""

from flask import Blueprint

bp = Blueprint("files", __name__)
