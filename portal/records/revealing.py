"""One look at a value that is masked for its reader: with a reason, counted, and kept in the audit log."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal import audit, clock
from portal.errors import Forbidden, Invalid, NotFound, PortalError
from portal.extensions import db, transaction
from portal.records import constraints, reading
from portal.records.record import Record
from portal.security import Actor, policy
from portal.security.policy import Access

ABILITY, DEED = "reveal", "field.revealed"
OTHER = "other"
REASONS: dict[str, Any] = {
    "contact": _l("To contact this person"),
    "identity": _l("To check who this person is"),
    "complaint": _l("To settle a complaint or dispute"),
    "law": _l("For a contract, audit or authority"),
    OTHER: _l("Another reason"),
}
LONGEST = 200  # characters of a note
WHILE = timedelta(hours=1)
SECONDS = 30
"""How long a page shows the value."""


class TooMany(PortalError):
    """Somebody has looked at as many masked values as the portal allows in an hour."""

    status = 429
    fallback = _l("You have looked at many masked values in the last hour. Please wait, or ask your administrator.")


def is_possible(record: Record, key: str) -> bool:
    """Whether the record's reader sees a mask there and may ask for the value behind it."""
    is_masked = record.values.get(key) is not None and record.access(key) == Access.MASK
    return is_masked and record.id is not None and policy.may(record.person, ABILITY)


def check(record: Record, key: str) -> None:
    """Raise NotFound where no mask stands, Forbidden for who may not see behind it."""
    if record.access(key) != Access.MASK or record.values.get(key) is None:
        raise NotFound
    if not is_possible(record, key):
        raise Forbidden


def reveal(record: Record, key: str, reason: str, note: str, *, by: Actor) -> str:
    """The value as people read it; raises NotFound, Forbidden, Invalid without a reason, TooMany."""
    check(record, key)
    told = " ".join(note.split())[:LONGEST]
    if reason not in REASONS:
        raise Invalid({"reason": gettext("Choose a reason.")})
    if reason == OTHER and not told:
        raise Invalid({"note": gettext("Say what you need it for.")})
    field = record.entity.fields[key]
    with transaction():
        constraints.lock(f"reveal {by.id}")
        if _counted(by) >= current_app.config["PORTAL"].reveals_per_hour:
            raise TooMany
        data = {"field": key, "reason": reason}
        audit.record(DEED, by=by, entity=record.entity.key, record_id=record.id, data=data, reason=told or None)
        reading.seen(by, field, (record.values["id"],))
        return reading.told(field, record.values[key], Access.READ, record.labels)


def why(line: audit.AuditLine) -> str:
    """The reason that a line of the audit log gives for a reveal."""
    chosen = REASONS.get(str((line.data or {}).get("reason")), "")
    return " · ".join(text for text in (str(chosen), line.reason or "") if text)


def _counted(by: Actor) -> int:
    """How many values the person has looked at in the last hour."""
    lines = audit.lines(by_id=by.id, action=DEED, since=clock.now() - WHILE)
    return db.session.scalar(sa.select(sa.func.count()).select_from(lines.order_by(None).subquery())) or 0
