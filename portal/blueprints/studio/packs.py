"""Industry packs: what each brings, what of it is there, and into the draft with it."""

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.studio.blueprint import bp
from portal.schema import drafts
from portal.schema import packs as shelf
from portal.security import policy


@bp.get("/packs")
@policy.requires("studio.edit")
def packs() -> str:
    """All packs beside the documents of the draft."""
    documents = drafts.workspace(current_user).documents
    found = [(pack, shelf.parts(documents, pack)) for pack in map(shelf.pack, shelf.names())]
    return render_template("studio/packs.html", packs=found)


@bp.post("/packs/<key>")
@policy.requires("studio.edit")
def add_pack(key: str) -> Response:
    """Write a pack into the draft; nothing is in force before it is published."""
    seen, pack = drafts.workspace(current_user), shelf.pack(key)
    for path, text in shelf.apply(seen.documents, pack).items():
        if text != seen.documents.get(path):
            drafts.write(current_user, path, text)
    screens.tell(_("%(pack)s stands in your draft. Look at its effect, then publish.", pack=pack.label))
    return redirect(url_for(".review"), 303)
