"""Confirmations in the browser: asking, answers that wait, and taking them value by value."""

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from portal import confirmations, records, schema
from portal.blueprints import letters, picks, screens
from portal.blueprints.addresses import to
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.schema import Entity
from portal.security import policy

bp = Blueprint("confirmations", __name__)


@bp.get("/confirmations/")
@policy.signed_in
def index() -> str:
    """The answers that wait for me, and the letters without one."""
    me = screens.me()
    waiting, out = confirmations.deciding.waiting(me), confirmations.deciding.unanswered(me)
    asked = next((noun.on for noun in schema.current().confirmations.values() if policy.can(me, "edit", noun.on)), None)
    entity = schema.current().entities[asked] if asked else None
    return render_template("confirmations/index.html", waiting=waiting, out=out, entity=entity)


@bp.post("/<entity:entity>/<int:record_id>/confirmation")
@policy.requires_entity("edit")
def ask(entity: Entity, record_id: int) -> Response:
    """Ask the customer of one record."""
    me = screens.me()
    record = records.fetch(entity.key, record_id, me, "edit")
    letters.one(lambda: confirmations.asking.ask(record, by=me))
    return to(url_for("records.show", entity=entity, record_id=record_id))


@bp.post("/<entity:entity>/confirmations")
@policy.requires_entity("edit")
def ask_many(entity: Entity) -> Response:
    """Ask the customers of the picked records."""
    letters.many(*confirmations.asking.ask_many(entity.key, picks.ids(), by=screens.me()))
    return to(url_for("records.index", entity=entity))


@bp.get("/confirmations/<int:confirmation_id>")
@policy.signed_in
def show(confirmation_id: int) -> str:
    """What the customer says beside what is on record."""
    one, record = confirmations.deciding.proposal(confirmation_id, screens.me())
    lines = confirmations.deciding.lines(one, record)
    return render_template("confirmations/show.html", one=one, record=record, lines=lines)


@bp.post("/confirmations/<int:confirmation_id>")
@policy.signed_in
def decide(confirmation_id: int) -> Response:
    """Take the chosen values."""
    me = screens.me()
    taken = [key.removeprefix("take.") for key, said in request.form.items() if said == "theirs"]
    version = request.form.get("_version", type=int)
    try:
        saved = confirmations.deciding.decide(confirmation_id, taken, by=me, version=version)
    except Invalid as refused:
        db.session.rollback()
        screens.tell(" ".join(str(problem) for problem in refused.problems.values()), "danger")
        return to(url_for("confirmations.show", confirmation_id=confirmation_id))
    except Conflict:
        db.session.rollback()
        screens.tell(_("Somebody changed the record meanwhile; look at the values again."), "warning")
        return to(url_for("confirmations.show", confirmation_id=confirmation_id))
    screens.tell(_("%(name)s is saved.", name=saved.title))
    return to(url_for("records.show", entity=saved.entity, record_id=saved.id))
