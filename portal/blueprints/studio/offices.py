"""Overlays of offices: who deviates from head office, the documents of one office, and the editor of one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.studio import beforehand, overlays
from portal.blueprints.studio.blueprint import bp
from portal.blueprints.studio.shelf import NAMES, label_of
from portal.errors import Conflict, Invalid, NotFound
from portal.extensions import db
from portal.forms import document
from portal.schema import SchemaError, check, deviations, drafts, layers, overlay_schema, releases
from portal.security import Office, policy
from portal.security import offices as units

Answer = Response | str | tuple[str, int]


@dataclass(frozen=True)
class Row:
    """One office in the table: what it says itself, and the release that last changed it."""

    office: Office
    said: tuple[deviations.Deviation, ...]
    changed: releases.Release | None

    def count(self, kind: str) -> int:
        return sum(one.count(kind) for one in self.said)


@bp.get("/offices")
@policy.requires("studio.office")
def offices() -> Answer:
    """Every office with what it says itself; who may shape the own office alone is led to it."""
    if not policy.may(current_user, "studio.edit"):
        if current_user.office_id is None:
            raise NotFound
        return redirect(url_for(".office", office_id=current_user.office_id), 303)
    result = check.check(drafts.workspace(current_user).documents)
    rows = [_row(office, result.trees) for office in db.session.scalars(db.select(Office).order_by(Office.id))]
    known = {row.office.key for row in rows}
    lost = sorted({one.office for one in layers.overlays(result.trees)} - known)
    return render_template("studio/offices.html", rows=rows, lost=lost)


@bp.get("/offices/<int:office_id>")
@policy.requires("studio.office")
def office(office_id: int) -> str:
    """The documents an office may lay its own over, with how many values it says itself."""
    return _page(_office(office_id))


@bp.get("/offices/<int:office_id>/documents/<kind>/<key>")
@policy.requires("studio.office")
def overlay(office_id: int, kind: str, key: str) -> str:
    """The editor of one document of an office: every value with where it comes from."""
    found = _office(office_id)
    return overlays.page(found, _overlay(found, kind, key))


@bp.post("/offices/<int:office_id>/documents/<kind>/<key>")
@policy.requires("studio.office")
def keep_overlay(office_id: int, kind: str, key: str) -> Answer:
    """Take a value over, set it, go back to what is inherited, or keep the whole text."""
    found = _office(office_id)
    one = _overlay(found, kind, key)
    text = drafts.workspace(current_user).documents.get(one.file, "")
    if "text" in request.form:
        fresh = _text()
    else:
        fresh = overlays.changed(text, one, request.form.get("act", ""), request.form.get("at", ""), _above(found))
    drafts.write(current_user, one.file, fresh or None)
    screens.tell(_("Kept in your draft."))
    return redirect(url_for(".overlay", office_id=office_id, kind=kind, key=key, _anchor=request.form.get("at")), 303)


@bp.post("/offices/<int:office_id>/documents/<kind>/<key>/check")
@policy.requires("studio.office")
def check_overlay(office_id: int, kind: str, key: str) -> str:
    """What is wrong with the text, without keeping it."""
    one = _overlay(_office(office_id), kind, key)
    result = check.check({**drafts.workspace(current_user).documents, one.file: _text() or "{}\n"})
    return render_template("studio/problems.html", **overlays.problems_of(one, result))


@bp.post("/offices/<int:office_id>/documents/<kind>/<key>/words")
@policy.requires("studio.office")
def complete_overlay(office_id: int, kind: str, key: str) -> Response:
    """The words that an office may say at a place of the text; nothing is kept."""
    one = _overlay(_office(office_id), kind, key)
    result = check.check(drafts.workspace(current_user).documents)
    row, column = (request.form.get(name, -1, type=int) for name in ("row", "column"))
    root = overlay_schema.overlay_of(kind, result.trees.get(one.base))
    words = document.complete(kind, key, _text(), row, max(column, 0), result.catalog, root)
    return jsonify(words=[{"value": word.value, "meaning": word.meaning} for word in words])


@bp.post("/offices/<int:office_id>/releases")
@policy.requires("studio.office")
def publish_office(office_id: int) -> Answer:
    """Publish what the draft says for this office, and nothing else of it."""
    found, seen, number = _office(office_id), drafts.workspace(current_user), releases.current_number()
    now = releases.documents(number)
    own = {path: text for path, text in seen.edits.items() if _is_of(found, path)}
    if any(now.get(path) != seen.published.get(path) for path in own):
        raise Conflict(_("Somebody else has changed a document of this office meanwhile. Undo your edits of it first."))
    if not own:
        raise Invalid({"draft": _("There is nothing to publish.")})
    documents = {path: text for path, text in {**now, **own}.items() if text is not None}
    note = request.form.get("note", "").strip()[:500] or _("Settings of %(office)s", office=found.name)
    try:
        release = releases.publish(documents, by=current_user, note=note, expected_release=number, brief=True)
    except releases.TakesLong:
        draft = drafts.of(current_user)
        return beforehand.publish(own, base=number, note=note, right="studio.office", draft=draft.id if draft else None)
    except SchemaError as refused:
        return _page(found, refused.problems), 422
    for path in own:
        drafts.revert(current_user, path)
    if not drafts.clashes(current_user):  # the rest of the draft goes on from what now is in force
        drafts.move(current_user)
    screens.tell(_("Release %(number)s is in force.", number=release.number))
    return redirect(url_for(".office", office_id=office_id), 303)


@bp.post("/offices/<int:office_id>/reversal")
@policy.requires("studio.office")
def revert_office(office_id: int) -> Response:
    """Forget the edits of the draft that are this office's."""
    found = _office(office_id)
    for path in list(drafts.workspace(current_user).edits):
        if _is_of(found, path):
            drafts.revert(current_user, path)
    screens.tell(_("Back to the published text."))
    return redirect(url_for(".office", office_id=office_id), 303)


def _text() -> str:
    return request.form.get("text", "").replace("\r\n", "\n")


def _office(office_id: int) -> Office:
    """The office, for who may shape it: all with the whole studio, else only the own one."""
    found = db.session.get(Office, office_id)
    is_own = found is not None and found.id == current_user.office_id
    if found is None or not (is_own or policy.may(current_user, "studio.edit")):
        raise NotFound
    return found


def _overlay(found: Office, kind: str, key: str) -> layers.Overlay:
    path = layers.path_of(found.key, kind, key)
    one = layers.Overlay.of(path) if path else None
    if one is None or one.base not in drafts.workspace(current_user).documents:
        raise NotFound
    return one


def _above(found: Office) -> tuple[str, ...]:
    return tuple(units.tree()[id_][0] for id_ in reversed(units.way_up(found.id)[1:]))


def _is_of(found: Office, path: str) -> bool:
    one = layers.Overlay.of(path)
    return one is not None and one.office == found.key


def _row(found: Office, trees: Mapping[str, Any]) -> Row:
    said = tuple(deviations.deviations(trees, found.key))
    return Row(found, said, releases.last_change(f"offices/{found.key}/") if said else None)


def _page(found: Office, refused: Any = ()) -> str:
    seen = drafts.workspace(current_user)
    result = check.check(seen.documents)
    row = _row(found, result.trees)
    said = {one.overlay.base: one for one in row.said}
    kinds = {kind: NAMES[kind][0] for kind in layers.SHAPES}
    paths = [path for path in sorted(result.trees) if path.partition("/")[0] in kinds and path.count("/") == 1]
    documents = [(path, label_of(result.trees[path]), said.get(path), deviations.pack_of(path)) for path in paths]
    return render_template(
        "studio/office.html",
        office=found,
        row=row,
        kinds=kinds,
        documents=documents,
        edits=[path for path in seen.edits if _is_of(found, path)],
        problems=refused or [one for one in result.errors if _is_of(found, one.file)],
    )
