"""Archive a record and bring it back; its history, and what stood there before."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import records
from portal.blueprints import screens
from portal.blueprints.audit import deeds
from portal.blueprints.records import undo
from portal.blueprints.records.blueprint import bp
from portal.errors import Conflict, Invalid
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
    field = request.args.get("field") or None
    changes = records.history(record, current_user, field)
    is_piece = screens.is_piece("drawer-body") or screens.is_piece("history")
    return render_template(
        "records/history.html" if is_piece else "records/history_page.html",
        entity=entity,
        record=record,
        changes=changes,
        fields=records.reading.shown(current_user, entity.writable().values()),
        chosen=field,
        deed_name=deeds.deed,
    )


@bp.post("/<entity:entity>/<int:record_id>/history/<int:line_id>/<field>/return")
@policy.requires_entity("edit")
def bring_back(entity: Entity, record_id: int, line_id: int, field: str) -> Response:
    """Put back the value a field had before a deed; a stale page changes nothing."""
    record = records.fetch(entity.key, record_id, current_user, "edit")
    version = request.form.get("_version", type=int)
    try:
        saved = records.bring_back(record, line_id, field, by=current_user, version=version)
    except Invalid as refused:
        screens.tell(" ".join(str(problem) for problem in refused.problems.values()), "warning")
    except Conflict:
        screens.tell(_("Somebody saved this record in the meantime. Look at it again first."), "warning")
    else:
        label = entity.fields[field].label
        screens.tell(_("%(field)s is what it was before.", field=label), undo=undo.address([saved]))
    return redirect(url_for("records.show", entity=entity, record_id=record_id), 303)
