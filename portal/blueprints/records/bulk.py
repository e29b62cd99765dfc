"""One field changed in many picked records at once, and taken back."""

from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import rules
from portal.blueprints import picks, screens
from portal.blueprints.records import undo
from portal.blueprints.records.blueprint import bp
from portal.blueprints.records.cells import one_field
from portal.errors import Invalid, NotFound
from portal.fields import Field
from portal.schema import Entity
from portal.security import policy

MOST = 200
NAMED = 5  # records told by name in a message


bulk_changes = rules.bulk_changes
editable = bulk_changes.editable


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
    """Set one field in all picked records; says how many changed and offers to take it back.

    More than the person may change at once become a request that somebody else decides on.
    """
    chosen = _field(entity, request.form.get("_field", ""))
    form = one_field(chosen)
    if not form.validate():
        return screens.toast(make_response("", 204), str(form["value"].errors[0]), "danger")
    picked, value = picks.picked()[:MOST], form["value"].data
    if len(picked) > bulk_changes.limit(screens.me()):
        return _request(entity, picked, chosen, value)
    outcome = bulk_changes.change(entity, picked, chosen, value, screens.me())
    message, level = _message(outcome)
    answer = screens.toast(make_response("", 204), message, level, undo.address(outcome.changed))
    answer.headers["HX-Trigger-After-Settle"] = "listing-changed"
    return answer


def _field(entity: Entity, key: str) -> Field:
    for field in editable(entity, screens.me()):
        if field.key == key:
            return field
    raise NotFound


def _request(entity: Entity, picked: list[picks.Pick], field: Field, value: object) -> Response:
    """Ask for the reason in the bar, then for the approval."""
    problem = ""
    if "_reason" in request.form:
        try:
            bulk_changes.request(entity, picked, field, value, request.form["_reason"][:1000], screens.me())
        except Invalid as refused:
            problem = str(refused.problems["reason"])
        else:
            answer = make_response("")
            screens.toast(answer, _("Your request is on its way. You get a notice when it is decided."))
            return _into_bar(answer)
    words = {"entity": entity, "count": len(picked), "limit": bulk_changes.limit(screens.me()), "problem": problem}
    return _into_bar(make_response(render_template("records/bulk_request.html", **words)))


def _into_bar(answer: Response) -> Response:
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#bulk-request", "innerHTML"
    return answer


def _message(outcome: Any) -> tuple[str, str]:
    parts = [ngettext("%(num)d record changed.", "%(num)d records changed.", len(outcome.changed))]
    if outcome.refused:
        parts.append(ngettext("%(num)d was refused.", "%(num)d were refused.", outcome.refused))
        parts += [outcome.why] if outcome.why else []
    if outcome.clashes:
        parts.append(_("Somebody else changed these meanwhile, they are left as they are now:"))
        parts.append("; ".join(outcome.clashes[:NAMED]) + ("…" if len(outcome.clashes) > NAMED else ""))
    return " ".join(parts), "warning" if outcome.refused or outcome.clashes else "success"
