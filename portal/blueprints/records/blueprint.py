"""The blueprint the generic pages of every entity hang on."""

from flask import Blueprint

from portal.records import revealing

bp = Blueprint("records", __name__)
bp.add_app_template_global(revealing.is_possible, "may_reveal")
