"""The blueprint the studio's views hang on."""

from flask import Blueprint
from flask_login import current_user

from portal.security import policy

bp = Blueprint("studio", __name__, url_prefix="/studio")


@bp.context_processor
def _rights() -> dict[str, bool]:
    return {
        "may_publish": policy.may(current_user, "studio.publish"),
        "may_edit_all": policy.may(current_user, "studio.edit"),
    }
