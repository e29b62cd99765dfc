"""The shelf of documents and the editor of one."""

from flask import jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.studio import unused
from portal.blueprints.studio.blueprint import bp
from portal.blueprints.studio.overlays import layers_of
from portal.blueprints.studio.shelf import NAMES, label_of, shelves
from portal.errors import Invalid, NotFound
from portal.forms import document
from portal.schema import (
    check,
    directory,
    drafts,
    json_schema,
    layers,
    nouns,
    overlay_schema,
    reference,
    releases,
    starters,
)
from portal.security import policy

Answer = Response | str | tuple[str, int]


@bp.get("/")
@policy.requires("studio.edit")
def index() -> str:
    """All documents by kind, the draft and the newest releases."""
    seen = drafts.workspace(current_user)
    result = check.check(seen.documents)
    return render_template(
        "studio/index.html",
        shelves=shelves(seen, result),
        seen=seen,
        result=result,
        newest=releases.rows(limit=5),
        number=releases.current_number(),
        others=drafts.of_others(current_user),
        mine=drafts.all_of(current_user),
    )


@bp.get("/documents/<kind>/<key>")
@policy.requires("studio.edit")
def edit(kind: str, key: str) -> str:
    """The editor of a document."""
    seen = drafts.workspace(current_user)
    path = _path(kind, key)
    text = seen.documents.get(path)
    if text is None and path not in seen.published:
        raise NotFound()
    return _editor(seen, path, text if text is not None else "")


@bp.post("/documents/<kind>/<key>")
@policy.requires("studio.edit")
def save(kind: str, key: str) -> Answer:
    """Keep the text in the draft, whatever is wrong with it."""
    path, text = _path(kind, key), _text()
    drafts.write(current_user, path, text)
    seen = drafts.workspace(current_user)
    if screens.is_piece():
        return render_template("studio/problems.html", **_found(seen, path, text), saved=True)
    screens.tell(_("Kept in your draft."))
    return redirect(url_for(".form" if request.form.get("then") == "form" else ".edit", kind=kind, key=key), 303)


@bp.post("/documents/<kind>/<key>/check")
@policy.requires("studio.edit")
def check_text(kind: str, key: str) -> str:
    """What is wrong with the text, without keeping it: all problems with file, line and nearest word."""
    path = _path(kind, key)
    return render_template("studio/problems.html", **_found(drafts.workspace(current_user), path, _text()), saved=False)


@bp.post("/documents/<kind>/<key>/words")
@policy.requires("studio.edit")
def complete(kind: str, key: str) -> Response:
    """The words that fit at a place of the text, for the editor; nothing is kept."""
    _path(kind, key)
    seen = drafts.workspace(current_user)
    catalog = check.check(seen.documents).catalog
    row, column = (request.form.get(name, -1, type=int) for name in ("row", "column"))
    words = document.complete(kind, key, _text(), row, max(column, 0), catalog)
    return jsonify(words=[{"value": word.value, "meaning": word.meaning} for word in words])


@bp.get("/json-schemas/<kind>.json")
@policy.requires("studio.edit")
def json_schema_of(kind: str) -> Response:
    """The JSON Schema of a kind of document, for editors outside of the portal."""
    if kind not in nouns.KINDS:
        raise NotFound()
    return jsonify(json_schema.schema_of(kind))


@bp.get("/json-schemas/offices/<kind>.json")
@policy.requires("studio.edit")
def json_schema_of_office(kind: str) -> Response:
    """The JSON Schema of what an office may lay over a kind of document."""
    if kind not in layers.SHAPES:
        raise NotFound()
    return jsonify(overlay_schema.overlay_of(kind))


@bp.post("/documents/<kind>/<key>/removal")
@policy.requires("studio.edit")
def remove(kind: str, key: str) -> Response:
    """Leave the document out of the draft."""
    drafts.write(current_user, _path(kind, key), None)
    screens.tell(_("The draft leaves this document out."))
    return redirect(url_for(".index"), 303)


@bp.post("/documents/<kind>/<key>/reversal")
@policy.requires("studio.edit")
def revert(kind: str, key: str) -> Response:
    """Take the document as it was published."""
    path = _path(kind, key)
    drafts.revert(current_user, path)
    screens.tell(_("Back to the published text."))
    if path in drafts.workspace(current_user).documents:
        return redirect(url_for(".edit", kind=kind, key=key), 303)
    return redirect(url_for(".index"), 303)


@bp.post("/documents")
@policy.requires("studio.edit")
def create() -> Response:
    """Begin a new document of a kind."""
    kind, key = request.form.get("kind", ""), request.form.get("key", "").strip()
    path = directory.path_of(kind, key)
    if path is None:
        raise Invalid({"key": _("Use small letters, digits and underscore, beginning with a letter.")})
    if path not in drafts.workspace(current_user).documents:
        drafts.write(current_user, path, starters.starter(kind, key))
    return redirect(url_for(".edit", kind=kind, key=key), 303)


def _path(kind: str, key: str) -> str:
    path = directory.path_of(kind, key)
    if path is None:
        raise NotFound()
    return path


def _text() -> str:
    return request.form.get("text", "").replace("\r\n", "\n")


def _found(seen: drafts.Workspace, path: str, text: str) -> dict[str, object]:
    """Return the problems of the text and those it causes in other documents."""
    result = check.check({**seen.documents, path: text})
    here = [problem for problem in result.problems if problem.file == path]
    elsewhere = [problem for problem in result.problems if problem.file != path]
    return {
        "here": here,
        "elsewhere": elsewhere,
        "hints": unused.hints(result, path),
        "path": path,
        "label": label_of(result.trees.get(path)),
    }


def _editor(seen: drafts.Workspace, path: str, text: str) -> str:
    kind = path.partition("/")[0]
    result = check.check(seen.documents)
    return render_template(
        "studio/editor.html",
        **_found(seen, path, text),
        text=text,
        kind=kind,
        key=path.partition("/")[2].removesuffix(".yml"),
        name=NAMES[kind][0],
        state=seen.state(path),
        shelves=shelves(seen, result),
        seen=seen,
        guide=reference.guide(kind),
        touching=drafts.touching(current_user, path),
        **layers_of(path, result.trees),
    )
