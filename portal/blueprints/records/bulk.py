"""One field changed in many picked records at once, and taken back."""

import dataclasses
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
from portal.errors import Conflict, NotFound, PortalError
from portal.extensions import db
from portal.fields import Field
from portal.records import Record
from portal.schema import Entity
from portal.security import Person, policy
from portal.security.policy import Access

MOST = 200
NAMED = 5  # records told by name in a message


@dataclass
class Outcome:
    """What became of a change in many records."""

    changed: list[Record]
    refused: int = 0
    why: str = ""  # what is wrong with the value for the first that was refused
    clashes: list[str] = dataclasses.field(default_factory=list)  # changed by others since


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
    chosen = _field(entity, request.form.get("_field", ""))
    form = one_field(chosen)
    if not form.validate():
        return screens.toast(make_response("", 204), str(form["value"].errors[0]), "danger")
    outcome = _change(entity, _picked(), chosen, form["value"].data)
    message, level = _message(outcome)
    answer = screens.toast(make_response("", 204), message, level, undo.address(outcome.changed))
    answer.headers["HX-Trigger-After-Settle"] = "listing-changed"
    return answer


def _field(entity: Entity, key: str) -> Field:
    for field in editable(entity, current_user):
        if field.key == key:
            return field
    raise NotFound


def _picked() -> list[tuple[int, int | None]]:
    """The ids of the picked records, each with the version that the list showed."""
    parts = [raw.partition(".") for raw in request.form.getlist("_pick")[:MOST]]
    return [(int(id_), int(version) if version.isdigit() else None) for id_, _dot, version in parts if id_.isdigit()]


def _change(entity: Entity, picked: list[tuple[int, int | None]], field: Field, value: object) -> Outcome:
    outcome = Outcome([])
    for record_id, version in picked:
        try:
            record = records.fetch(entity.key, record_id, current_user, "edit")
            with db.session.begin_nested():
                if record[field.key] != value:
                    saved = records.save(record, {field.key: value}, by=current_user, version=version)
                    outcome.changed.append(saved)
        except Conflict:
            now = records.fetch(entity.key, record_id, current_user)
            both = {"theirs": now.text(field.key) or "—", "mine": field.type.text(value) or "—"}
            outcome.clashes.append(_("%(name)s: “%(theirs)s”, not “%(mine)s”", name=now.title, **both))
        except PortalError as error:
            outcome.refused += 1
            outcome.why = outcome.why or str(getattr(error, "problems", {}).get(field.key, ""))
    return outcome


def _message(outcome: Outcome) -> tuple[str, str]:
    parts = [ngettext("%(num)d record changed.", "%(num)d records changed.", len(outcome.changed))]
    if outcome.refused:
        parts.append(ngettext("%(num)d was refused.", "%(num)d were refused.", outcome.refused))
        parts += [outcome.why] if outcome.why else []
    if outcome.clashes:
        parts.append(_("Somebody else changed these meanwhile, they are left as they are now:"))
        parts.append("; ".join(outcome.clashes[:NAMED]) + ("…" if len(outcome.clashes) > NAMED else ""))
    return " ".join(parts), "warning" if outcome.refused or outcome.clashes else "success"
