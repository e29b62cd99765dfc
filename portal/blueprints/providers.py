"""Values from outside in the browser: beside ours on the record, and all that differ, to be decided on."""

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import providers, records
from portal.blueprints import picks, screens
from portal.blueprints.addresses import to
from portal.extensions import transaction
from portal.schema import Entity
from portal.security import policy

bp = Blueprint("providers", __name__)
VALUES = "outside"


@bp.get("/outside/")
@policy.signed_in
def index() -> str:
    """All that differs in records I may edit."""
    found, more = providers.listing.conflicts(screens.me(), request.args.get("after", type=int))
    following = url_for("providers.index", after=more) if more else None
    return render_template("providers/index.html", found=found, next=following)


@bp.post("/outside/")
@policy.signed_in
def decide_many() -> Response:
    """Take theirs or keep ours, of all that were picked."""
    take = request.form.get("way") == "theirs"
    done, refused = providers.deciding.decide_many(picks.ids(), take=take, by=screens.me())
    text = ngettext("%(num)d value is decided.", "%(num)d values are decided.", done)
    if refused:
        text += " " + ngettext("%(num)d was refused.", "%(num)d were refused.", refused)
    screens.tell(text, "warning" if refused or not done else "success")
    return to(url_for("providers.index"))


@bp.get("/<entity:entity>/<int:record_id>/outside")
@policy.requires_entity("view")
def show(entity: Entity, record_id: int) -> str:
    """What others say of one record, beside what we say."""
    record = records.fetch(entity.key, record_id, screens.me())
    asks = providers.asking.of(entity.key)
    found = [(one, providers.listing.ours_since(one)) for one in providers.listing.of_record(record)]
    fetches = {one.provider: one for one in providers.listing.fetches(record)}
    page = "providers/values.html" if screens.is_piece(VALUES) else "providers/show.html"
    return render_template(
        page,
        record=record,
        entity=entity,
        found=found,
        asks=asks,
        fetches=fetches,
        is_asked=providers.asking.is_asked(entity.key, record_id),
    )


@bp.post("/<entity:entity>/<int:record_id>/outside")
@policy.requires_entity("edit")
def ask(entity: Entity, record_id: int) -> Response:
    """Ask the providers now."""
    me = screens.me()
    records.fetch(entity.key, record_id, me, "edit")
    with transaction():
        for noun in providers.asking.of(entity.key):
            providers.asking.ask(noun, record_id, by=me)
    return to(url_for("providers.show", entity=entity, record_id=record_id))


@bp.post("/outside/<int:outside_id>/decision")
@policy.signed_in
def decide(outside_id: int) -> Response:
    """Take one value or keep ours."""
    me = screens.me()
    one = providers.listing.value_of(outside_id, me)
    done, _refused = providers.deciding.decide_many([outside_id], take=request.form.get("way") == "theirs", by=me)
    screens.tell(_("Decided.") if done else _("The record refuses this value."), "success" if done else "danger")
    return to(url_for("providers.show", entity=one.record.entity, record_id=one.record.id))
