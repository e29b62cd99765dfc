"""Archive a record, and bring it back."""

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import records
from portal.blueprints import screens
from portal.blueprints.audit import deeds
from portal.blueprints.records.blueprint import bp
from portal.schema import Entity
from portal.security import policy


@bp.post("/<entity:entity>/<int:record_id>/archive")
@policy.requires_entity("archive")
def archive(entity: Entity, record_id: int) -> Response:
    """Put a record away; the toast offers to bring it back."""
    record = records.fetch(entity.key, record_id, current_user, "archive")
    records.archive(record, by=current_user)
    back = url_for("records.restore", entity=entity, record_id=record_id)
    screens.tell(_("%(name)s is archived.", name=record.title), undo=back)
    return redirect(url_for("records.index", entity=entity), 303)


@bp.post("/<entity:entity>/<int:record_id>/restore")
@policy.requires_entity("archive")
def restore(entity: Entity, record_id: int) -> Response:
    """Bring an archived record back."""
    record = records.fetch(entity.key, record_id, current_user, "archive")
    records.archive(record, by=current_user, undo=True)
    screens.tell(_("%(name)s is restored.", name=record.title))
    return redirect(url_for("records.show", entity=entity, record_id=record_id), 303)


@bp.get("/<entity:entity>/<int:record_id>/history")
@policy.requires_entity("view")
def history(entity: Entity, record_id: int) -> str:
    """Who changed what and when; a piece for the drawer, a page without JavaScript."""
    record = records.fetch(entity.key, record_id, current_user)
    changes = records.history(record, current_user)
    template = "records/history.html" if screens.is_piece("drawer-body") else "records/history_page.html"
    return render_template(template, entity=entity, record=record, changes=changes, deed_name=deeds.deed)
