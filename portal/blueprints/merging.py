"""Any two records made one: picked in a list, or looked up from the page of one of them."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from portal import records
from portal.blueprints import beside, picks, screens
from portal.blueprints.addresses import to
from portal.duplicates import hints, queue
from portal.errors import Conflict, Invalid, NotFound
from portal.records import Record
from portal.schema import Entity
from portal.security import Person, policy

bp = Blueprint("merging", __name__)
MOST = 20  # at one time; the others follow pair by pair
FOUND = 20


def is_offered(entity: Entity, person: Person) -> bool:
    """Whether the person may merge records of the kind at all."""
    return policy.can(person, "edit", entity.key) and policy.can(person, "archive", entity.key)


@bp.post("/<entity:entity>/merging/choice")
@policy.requires_entity("edit")
def choose(entity: Entity) -> Response:
    """Go on with the records picked in a list."""
    ids = picks.ids()[:MOST]
    if len(ids) < 2:
        screens.tell(_("Pick two or more records to merge."), "warning")
        return to(url_for("records.index", entity=entity))
    return to(url_for("merging.show", entity=entity, of="-".join(map(str, ids))))


@bp.get("/<entity:entity>/<int:record_id>/merging")
@policy.requires_entity("edit")
def look_up(entity: Entity, record_id: int) -> str:
    """Find the record that this one is to be merged with: likely ones, or what the words find."""
    record = records.fetch(entity.key, record_id, screens.me(), "edit")
    text = request.args.get("q", "").strip()[:100]
    found = _found(entity, record_id, text) if text else []
    likely = [] if text else hints.like(entity.key, record.values, screens.me(), but=record_id).seen
    return render_template(
        "duplicates/look_up.html", entity=entity, record=record, text=text, found=found, likely=likely
    )


def _found(entity: Entity, but: int, text: str) -> list[Record]:
    page = records.search(entity.key, screens.me(), text=text, limit=FOUND + 1)
    return [one for one in page.records if one.id != but][:FOUND]


@bp.get("/<entity:entity>/merging")
@policy.requires_entity("edit")
def show(entity: Entity) -> str:
    """Two records side by side; `of=12-15-19` names them, the first two come first."""
    return _page(entity, *_asked(entity))


@bp.post("/<entity:entity>/merging")
@policy.requires_entity("edit")
def merge(entity: Entity) -> Response | tuple[str, int]:
    """Merge the first two as chosen; the one that stays goes on with the next."""
    two, rest = _asked(entity)
    if request.form.get("keep") not in beside.SIDES:
        raise NotFound
    try:
        done = beside.merged(two)
    except Invalid:
        return to(url_for("merging.show", entity=entity, of=request.values["of"], keep=request.form["keep"]))
    except Conflict:
        return _page(entity, two, rest, is_stale=True), 409
    if rest:
        return to(url_for("merging.show", entity=entity, of="-".join(map(str, [done.survivor_id, *rest]))))
    return to(url_for("records.show", entity=entity, record_id=done.survivor_id))


def _asked(entity: Entity) -> tuple[queue.Two, list[int]]:
    """The two that the address names, and those that follow."""
    ids = [id_ for id_, _version in picks.marks(request.values.get("of", "").split("-"))]
    first, second, *rest = [*dict.fromkeys(ids), None, None][: MOST + 2]
    if first is None or second is None:
        raise NotFound
    me = screens.me()
    two = queue.Two(records.fetch(entity.key, first, me), records.fetch(entity.key, second, me))
    return two, [id_ for id_ in rest if id_ is not None]


def _page(entity: Entity, two: queue.Two, rest: list[int], **more: Any) -> str:
    asked = "-".join(str(id_) for id_ in (two.first.id, two.second.id, *rest))
    return render_template(
        "duplicates/two.html", entity=entity, of=asked, rest=rest, **beside.compared(two), is_open=two.may_merge, **more
    )
