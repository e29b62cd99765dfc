"""One field changed in many picked records at once, and taken back."""

from dataclasses import dataclass

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal import records
from portal.blueprints import screens
from portal.blueprints.records import undo
from portal.blueprints.records.blueprint import bp
from portal.blueprints.records.cells import one_field
from portal.errors import NotFound, PortalError
from portal.extensions import db
from portal.fields import Field
from portal.records import Record
from portal.schema import Entity
from portal.security import Person, policy
from portal.security.policy import Access

MOST = 200


@dataclass
class Outcome:
    """What became of a change in many records."""

    changed: list[Record]
    refused: int = 0
    why: str = ""  # what is wrong with the value for the first that was refused


def editable(entity: Entity, person: Person) -> list[Field]:
    """The fields that can be set to one value in many records."""
    if not policy.can(person, "edit", entity.key):
        return []
    writable = [one for one in entity.writable().values() if policy.access(person, one) == Access.WRITE]
    return [one for one in writable if not (one.unique or one.type.is_upload or one.type.is_automatic)]


@bp.get("/<entity:entity>/bulk")
@policy.requires_entity("edit")
def bulk_panel(entity: Entity) -> str:
    """The input for the new value of a field; nothing until one is chosen."""
    key = request.args.get("_field", "")
    if not key:
        return ""
    chosen = _field(entity, key)
    return render_template("records/bulk_input.html", field=chosen, entry=one_field(chosen)["value"])


@bp.post("/<entity:entity>/bulk")
@policy.requires_entity("edit")
def bulk_change(entity: Entity) -> Response:
    """Set one field in all picked records; says how many changed and offers to take it back."""
    field = _field(entity, request.form.get("_field", ""))
    picked = [int(raw) for raw in request.form.getlist("_pick") if raw.isdigit()][:MOST]
    form = one_field(field)
    if not form.validate():
        return screens.toast(make_response("", 204), str(form["value"].errors[0]), "danger")
    outcome = _change(entity, picked, field, form["value"].data)
    message, level = _message(outcome)
    answer = screens.toast(make_response("", 204), message, level, undo.address(outcome.changed))
    answer.headers["HX-Trigger-After-Settle"] = "listing-changed"
    return answer


def _field(entity: Entity, key: str) -> Field:
    for field in editable(entity, current_user):
        if field.key == key:
            return field
    raise NotFound


def _change(entity: Entity, picked: list[int], field: Field, value: object) -> Outcome:
    outcome = Outcome([])
    for record_id in picked:
        try:
            record = records.fetch(entity.key, record_id, current_user, "edit")
            with db.session.begin_nested():
                if record[field.key] != value:
                    outcome.changed.append(records.save(record, {field.key: value}, by=current_user))
        except PortalError as error:
            outcome.refused += 1
            outcome.why = outcome.why or str(getattr(error, "problems", {}).get(field.key, ""))
    return outcome


def _message(outcome: Outcome) -> tuple[str, str]:
    changed = ngettext("%(num)d record changed.", "%(num)d records changed.", len(outcome.changed))
    if not outcome.refused:
        return changed, "success"
    refused = ngettext("%(num)d was refused.", "%(num)d were refused.", outcome.refused)
    if outcome.why:
        refused = _("%(changed)s %(refused)s", changed=refused, refused=outcome.why)
    return _("%(changed)s %(refused)s", changed=changed, refused=refused), "warning"
