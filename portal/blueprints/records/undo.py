"""Take a change back: the address names records and versions, the audit log knows what stood there before."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit, records, vault
from portal.blueprints import picks, screens
from portal.blueprints.addresses import local
from portal.blueprints.records.blueprint import bp
from portal.errors import PortalError
from portal.extensions import db
from portal.records import Record
from portal.schema import Entity
from portal.security import policy

MOST = 200
NEAR = 20


def address(changed: Sequence[Record]) -> str | None:
    """Where to post to take back the last change of these records; no values stand in it."""
    marks = "-".join(f"{record.id}.{record.version}" for record in changed[:MOST])
    return url_for("records.take_back", entity=changed[0].entity, of=marks) if changed else None


@bp.post("/<entity:entity>/undo")
@policy.requires_entity("edit")
def take_back(entity: Entity) -> Response:
    """Restore what the last save changed, where nobody saved since."""
    done = late = 0
    for record_id, version in picks.marks(request.args.get("of", "").split("-")[:MOST]):
        if version is None:
            continue
        if _restore(entity, record_id, version):
            done += 1
        else:
            late += 1
    if late:
        screens.tell(
            ngettext("%(num)d change could not be taken back.", "%(num)d changes could not be taken back.", late),
            "warning",
        )
    else:
        screens.tell(_("The change is taken back."))
    return redirect(local(_referrer(), url_for("records.index", entity=entity)), 303)


def _referrer() -> str | None:
    """The path of the page the person stands on."""
    origin = request.host_url.rstrip("/")
    referrer = request.referrer or ""
    return referrer.removeprefix(origin) if referrer.startswith(origin + "/") else None


def _restore(entity: Entity, record_id: int, version: int) -> bool:
    try:
        record = records.fetch(entity.key, record_id, current_user, "edit")
        if record.version != version:
            return False
        with db.session.begin_nested():
            records.save(record, _before(record), by=current_user, version=version)
    except PortalError:
        return False
    return True


def _before(record: Record) -> dict[str, Any]:
    """What the newest change of the record replaced."""
    lines = db.session.scalars(audit.lines(entity=record.entity.key, record_id=record.id).limit(NEAR))
    line = next((one for one in lines if "changes" in (one.data or {})), None)  # others only looked meanwhile
    changes = (vault.past.opened(line.data) or {}).get("changes", {}) if line is not None else {}
    writable = record.entity.writable()
    values = {key: records.recall.value(writable[key], old) for key, (old, _new) in changes.items() if key in writable}
    return {key: value for key, value in values.items() if not isinstance(value, records.recall.OldForm)}
