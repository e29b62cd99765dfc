"""The blueprint the generic pages of every entity hang on."""

from flask import Blueprint

from portal.blueprints.records import facts

bp = Blueprint("records", __name__)
bp.add_app_template_global(facts.cell, "cell")
