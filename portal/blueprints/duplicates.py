"""Duplicates in the browser: the review queue, two records side by side, merges and their undo, hints while typing."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import duplicates, jobs
from portal.blueprints import beside, screens
from portal.blueprints.addresses import to
from portal.duplicates import finding, hints, merging, parting, queue
from portal.duplicates.index import Rule
from portal.errors import Conflict, Invalid, NotFound
from portal.extensions import db, transaction
from portal.fields import Field, FieldError, row_id
from portal.records import Record, fetch
from portal.schema import Entity
from portal.security import policy

bp = Blueprint("duplicates", __name__, url_prefix="/duplicates")
STATES = {"open": _l("To review"), "merged": _l("Merged"), "distinct": _l("Not the same")}
VERDICTS = {"": _l("All"), "sure": _l("Sure"), "perhaps": _l("Perhaps")}


@bp.get("/")
@policy.signed_in
def index() -> str:
    """The pairs that wait, the likeliest first."""
    me = screens.me()
    rules = queue.entities(me)
    if not rules:
        return render_template("duplicates/none.html")
    rule = next((one for one in rules if one.entity.key == request.args.get("entity")), rules[0])
    state, verdict = request.args.get("state", "open"), request.args.get("verdict", "")
    state, verdict = state if state in STATES else "open", verdict if verdict in VERDICTS else ""
    found, more = queue.listed(rule, me, state=state, verdict=verdict, after=_place())
    kept: dict[str, Any] = {"entity": rule.entity.key, "state": state, "verdict": verdict}
    return render_template(
        "duplicates/index.html",
        rules=rules,
        rule=rule,
        found=found,
        kept=kept,
        states=STATES,
        verdicts=VERDICTS,
        count=queue.count(rule, me, state),
        sure=queue.count(rule, me, sure=True) if policy.can(me, "archive", rule.entity.key) else 0,
        can_search=policy.may(me, "import"),
        last=finding.last_pass(rule.entity.key),
        next=url_for("duplicates.index", after=f"{more[0]}.{more[1]}", **kept) if more else None,
    )


def _place() -> tuple[int, int] | None:
    points, _dot, id_ = (row_id(part) for part in request.args.get("after", "").partition("."))
    return (points, id_) if points is not None and id_ is not None else None


@bp.get("/<int:pair_id>")
@policy.signed_in
def show(pair_id: int) -> str:
    """Two records side by side."""
    rule, found = queue.pair_of(pair_id, screens.me())
    return render_template("duplicates/pair.html", **_compared(rule, found))


def _compared(rule: Rule, found: queue.Candidate) -> dict[str, Any]:
    return {
        "rule": rule,
        "merge": next(iter(queue.merges_of_pair(found.pair)), None),
        **beside.compared(found),
    }


@bp.post("/<int:pair_id>/merge")
@policy.signed_in
def merge(pair_id: int) -> Response | tuple[str, int]:
    """Merge the two as chosen, and go on to the next pair."""
    rule, found = queue.pair_of(pair_id, screens.me())
    if request.form.get("keep") not in beside.SIDES or found.pair.state != "open":
        raise NotFound
    try:
        beside.merged(found)
    except Invalid:
        return to(url_for("duplicates.show", pair_id=pair_id, keep=request.form["keep"]))
    except Conflict:
        return render_template("duplicates/pair.html", **_compared(rule, found), is_stale=True), 409
    return _next(found.pair.entity)


@bp.post("/<int:pair_id>/distinction")
@policy.signed_in
def keep_apart(pair_id: int) -> Response:
    """Note that the two are not the same."""
    pair = queue.keep_apart(pair_id, by=screens.me())
    back = url_for("duplicates.look_again", pair_id=pair_id)
    screens.tell(_("Noted: not the same. They will not be offered again."), undo=back)
    return _next(pair.entity)


@bp.post("/<int:pair_id>/reopening")
@policy.signed_in
def look_again(pair_id: int) -> Response:
    """Put the pair back into the queue."""
    queue.look_again(pair_id, by=screens.me())
    return to(url_for("duplicates.show", pair_id=pair_id))


def _next(entity: str) -> Response:
    """The likeliest pair that is left, else the empty queue."""
    rule = duplicates.index.rule_of(entity)
    found = queue.listed(rule, screens.me())[0] if rule else []
    if found:
        return to(url_for("duplicates.show", pair_id=found[0].pair.id))
    return to(url_for("duplicates.index", entity=entity))


@bp.post("/merges")
@policy.signed_in
def merge_sure() -> Response:
    """Merge all sure pairs of one kind in the background."""
    me = screens.me()
    rule = duplicates.index.rule_of(request.form.get("entity", ""))
    if rule is None or not policy.can(me, "archive", rule.entity.key):
        raise NotFound
    asked = {"entity": rule.entity.key, "person": me.id, "total": queue.count(rule, me, sure=True)}
    with transaction():
        job = jobs.enqueue(queue.JOB, asked, by=me, unique_key=f"{queue.JOB}:{rule.entity.key}:{me.id}")
    return to(url_for("jobs.show", job_id=job.id))


@bp.post("/searches")
@policy.requires("import")
def search() -> Response:
    """Look for duplicates now."""
    return to(url_for("jobs.show", job_id=finding.ask(screens.me()).id))


@bp.get("/merges/<int:merge_id>")
@policy.signed_in
def show_merge(merge_id: int) -> str:
    """What a merge did, and the way back."""
    found, survivor, loser = _merge(merge_id)
    return render_template("duplicates/merge.html", merge=found, survivor=survivor, loser=loser, entity=survivor.entity)


@bp.post("/merges/<int:merge_id>/undo")
@policy.signed_in
def undo(merge_id: int) -> Response:
    """Make two records of one again; what was changed since is listed."""
    _merge(merge_id)
    try:
        found = parting.part(merge_id, by=screens.me())
    except Invalid as refused:
        db.session.rollback()
        screens.tell(" ".join(str(text) for text in refused.problems.values()), "danger")
        return to(url_for("duplicates.show_merge", merge_id=merge_id))
    if found.left:
        screens.tell(_("The merge is undone, but for what was changed since."), "warning")
    else:
        screens.tell(_("The merge is undone."))
    return to(url_for("duplicates.show_merge", merge_id=merge_id))


def _merge(merge_id: int) -> tuple[merging.Merge, Record, Record]:
    found = db.session.get(merging.Merge, merge_id)
    if found is None:
        raise NotFound
    me = screens.me()
    return found, fetch(found.entity, found.survivor_id, me), fetch(found.entity, found.loser_id, me)


@bp.post("/hints/<entity:entity>")
@policy.requires_entity("view")
def like(entity: Entity) -> str:
    """Records like what stands in a form, for beside it."""
    rule = duplicates.index.rule_of(entity.key)
    values = {key: _read(entity.fields[key]) for key in rule.likeness.fields if key in entity.fields} if rule else {}
    but = request.args.get("but", type=int)
    found = hints.like(entity.key, values, screens.me(), but)
    return render_template("duplicates/hints.html", found=found, entity=entity)


def _read(field: Field) -> Any:
    """What was typed, as far as it can be read yet."""
    given = request.form.getlist(field.key)
    try:
        return field.type.parse(field.type.from_form(list(given))) if given else None
    except FieldError:
        return None
