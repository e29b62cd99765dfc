"""The list of segments with what each holds now."""

from flask import render_template
from flask_login import current_user

from portal import schema
from portal.blueprints.segments.blueprint import bp
from portal.campaigns import audience
from portal.security import policy


@bp.get("/")
@policy.requires("segments.edit")
def index() -> str:
    """All segments of the release, with the number of records each holds for the person."""
    catalog = schema.current()
    rows = [
        (
            segment,
            catalog.entities[segment.on],
            audience.count(catalog.entities[segment.on], segment.when, current_user),
        )
        for segment in catalog.segments.values()
    ]
    return render_template("segments/index.html", rows=rows)
