"""A document as a form: the other face of the draft that the YAML editor shows."""

import hashlib
from collections.abc import Mapping

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.studio import unused
from portal.blueprints.studio.blueprint import bp
from portal.blueprints.studio.overlays import layers_of
from portal.blueprints.studio.shelf import NAMES, label_of, shelves
from portal.errors import Conflict, NotFound
from portal.forms import Builder, document
from portal.schema import check, directory, drafts, reference, source
from portal.security import policy

Answer = Response | str | tuple[str, int]


@bp.get("/documents/<kind>/<key>/form")
@policy.requires("studio.edit")
def form(kind: str, key: str) -> str:
    """The form of a document, or of the part that `at` names."""
    _seen, _path, text = _found(kind, key)
    return _page(kind, key, text)


@bp.post("/documents/<kind>/<key>/form")
@policy.requires("studio.edit")
def keep_form(kind: str, key: str) -> Answer:
    """Keep what the form says in the draft, do what its button asks for, and go on where it leads."""
    _seen, path, text = _found(kind, key)
    if request.form.get("stamp") != stamp_of(text):
        raise Conflict(_("This document was changed in another window. Load it again and repeat your change."))
    shown = _form(kind, key, text)
    if shown is None:
        return _after(kind, key)
    try:
        text = document.kept(text, shown, request.form)
    except document.Refused as refused:
        return _page(kind, key, text, refused.parts), 422
    if word := request.form.get("act"):
        again = _form(kind, key, text)
        text = document.act(text, again, word, request.form) if again else text
    drafts.write(current_user, path, text)
    if screens.is_piece() and not request.form.get("then"):
        return _page(kind, key, text)
    if not request.form.get("act"):
        screens.tell(_("Kept in your draft."))
    return _after(kind, key)


@bp.post("/conditions")
@policy.requires("studio.edit")
def condition() -> str:
    """The rows of a condition after a choice, an added or a removed one; nothing is kept."""
    entity = check.check(drafts.workspace(current_user).documents).catalog.entities.get(request.args.get("entity", ""))
    if entity is None:
        raise NotFound()
    prefix = request.args.get("prefix", "")[:200]
    builder = Builder.sent(request.form, entity, current_user, prefix=prefix)
    address = url_for(".condition", entity=entity.key, prefix=prefix)
    return render_template("studio/condition.html", builder=builder, address=address)


def stamp_of(text: str) -> str:
    """Return what tells whether a text is still the one a form was made from."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _found(kind: str, key: str) -> tuple[drafts.Workspace, str, str]:
    path = directory.path_of(kind, key)
    seen = drafts.workspace(current_user)
    if path is None or path not in seen.documents:
        raise NotFound()
    return seen, path, seen.documents[path]


def _after(kind: str, key: str) -> Response:
    """Go to the face that was asked for, or back to the same part."""
    if request.form.get("then") == "yaml":
        address = url_for(".edit", kind=kind, key=key)
    else:
        address = url_for(".form", kind=kind, key=key, at=request.args.get("at") or None)
    if screens.is_piece():
        return FlaskResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address, 303)


def _form(
    kind: str, key: str, text: str, refused: Mapping[str, tuple[str, object]] | None = None
) -> document.Control | None:
    """The form of the text in its surroundings; None for a text that is no mapping."""
    seen, path = drafts.workspace(current_user), f"{kind}/{key}.yml"
    tree = source.read(path, text).tree
    if not isinstance(tree, dict):
        return None
    result = check.check({**seen.documents, path: text})
    mine = [problem for problem in result.problems if problem.file == path]
    setting = document.Setting(result.catalog, current_user, mine, refused=refused or {}).about(tree.get("on"))
    at = request.args.get("at", "")
    if not at:
        return document.whole(kind, key, tree, setting)
    part = document.part(kind, key, tree, tuple(at.split("/")), setting)
    if part is None:
        raise NotFound()
    return part


def _page(kind: str, key: str, text: str, refused: Mapping[str, tuple[str, object]] | None = None) -> str:
    seen, path = drafts.workspace(current_user), f"{kind}/{key}.yml"
    result = check.check({**seen.documents, path: text})
    return render_template(
        "studio/form.html",
        form=_form(kind, key, text, refused),
        kind=kind,
        key=key,
        path=path,
        at=request.args.get("at", ""),
        stamp=stamp_of(text),
        name=NAMES[kind][0],
        label=label_of(result.trees.get(path)),
        state=seen.state(path),
        seen=seen,
        here=[problem for problem in result.problems if problem.file == path],
        elsewhere=[problem for problem in result.problems if problem.file != path],
        hints=unused.hints(result, path),
        shelves=shelves(seen, result),
        guide=reference.guide(kind),
        touching=drafts.touching(current_user, path),
        **layers_of(path, result.trees),
    )
