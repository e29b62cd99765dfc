"""Why a record has its score: asked for by who wants to know, for it counts what happened for years."""

from flask import render_template
from flask_login import current_user

from portal import records, rules
from portal.blueprints import screens
from portal.blueprints.records.blueprint import bp
from portal.schema import Entity
from portal.security import policy


@bp.get("/<entity:entity>/<int:record_id>/scores/<key>")
@policy.requires_entity("view")
def score(entity: Entity, record_id: int, key: str) -> str:
    """The account of one score; a piece for the drawer, a page without JavaScript."""
    record = records.fetch(entity.key, record_id, current_user)
    template = "records/score.html" if screens.is_piece("drawer-body") else "records/score_page.html"
    return render_template(template, entity=entity, record=record, score=rules.scoring.why(record, key))
