"""The blueprint the studio's views hang on."""

from typing import Any

from flask import Blueprint
from flask_login import current_user

from portal import foresight
from portal.blueprints.studio import telling
from portal.security import policy

bp = Blueprint("studio", __name__, url_prefix="/studio")


@bp.context_processor
def _shared() -> dict[str, Any]:
    return {
        "may_publish": policy.may(current_user, "studio.publish"),
        "may_edit_all": policy.may(current_user, "studio.edit"),
        "kept_for": telling.kept_for,
        "author_of": telling.author_of,
        "note_of": telling.note_of,
        "tried": foresight.backtest.KINDS,
    }
