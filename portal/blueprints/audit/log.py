"""The page of the audit log: newest first, page by key."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select, select

from portal import audit, clock, schema
from portal.audit import AuditLine
from portal.blueprints.audit.blueprint import bp
from portal.blueprints.audit.deeds import deed
from portal.blueprints.audit.lines import KINDS, shown
from portal.blueprints.audit.seals import standing
from portal.extensions import db
from portal.security import Person, policy

PAGE = 50
FILTERS = ("by", "action", "entity", "record", "since", "until")


@bp.get("/audit")
@policy.requires("audit.read")
def index() -> str:
    """Lines narrowed by person, deed, kind, record and days; a swap gets only the table."""
    found = list(db.session.scalars(_filtered().limit(PAGE + 1)))
    asked = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    older = _address(asked | {"before": str(found[PAGE - 1].id)}) if len(found) > PAGE else None
    newest = _address(asked) if "before" in request.args else None
    piece = "audit/lines.html" if request.headers.get("HX-Target") == "audit-lines" else "audit/index.html"
    around = {} if piece == "audit/lines.html" else {"seals": standing()}
    return render_template(
        piece, lines=shown(found[:PAGE], current_user), older=older, newest=newest, asked=asked, **_choices(), **around
    )


def _address(asked: dict[str, str]) -> str:
    return f"{url_for('audit.index')}?{urlencode(asked)}"


def _filtered() -> Select[AuditLine]:
    statement = audit.lines(
        by_id=request.args.get("by", type=int),
        action=request.args.get("action") or None,
        entity=request.args.get("entity") or None,
        record_id=request.args.get("record", type=int),
        since=day("since"),
        until=day("until", 1),
    ).where(policy.deeds(current_user, "audit.read", AuditLine.by_id))
    before = request.args.get("before", type=int)
    return statement if before is None else statement.where(AuditLine.id < before)


def day(name: str, more: int = 0) -> datetime | None:
    """The beginning of the day in the address, of the portal's zone, or of one `more` days later; None without one."""
    try:
        given = date.fromisoformat(request.args.get(name, "")) + timedelta(days=more)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(given, time(), clock.zone()).astimezone(UTC)


def _choices() -> dict[str, Any]:
    actions = db.session.scalars(select(AuditLine.action).distinct())
    in_sight = policy.deeds(current_user, "audit.read", Person.id)
    everybody = db.session.execute(select(Person.id, Person.name).where(in_sight).order_by(Person.name)).all()
    kinds = [(entity.key, str(entity.label)) for entity in schema.current().ranked]
    kinds += [(key, str(label)) for key, label in KINDS.items()]
    deeds = sorted(((action, deed(action)) for action in actions), key=lambda pair: pair[1])
    return {"deeds": deeds, "everybody": everybody, "kinds": kinds, "deed": deed}
