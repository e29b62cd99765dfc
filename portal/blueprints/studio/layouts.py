"""The layout editor of an entity: cards moved about write the draft, and the preview beside them follows."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.studio import layout_acts, layout_preview
from portal.blueprints.studio.blueprint import bp
from portal.blueprints.studio.forms import stamp_of
from portal.blueprints.studio.layout_outline import Outline, hidden_from
from portal.errors import NotFound
from portal.forms import arrangement
from portal.schema import check, drafts, steps
from portal.security import policy

Answer = Response | str | tuple[str, int]


@dataclass(frozen=True)
class Asked:
    """Which part of whose layout, in the draft as it is."""

    key: str
    part: str
    role: str
    text: str
    seen: drafts.Workspace

    @property
    def path(self) -> str:
        return f"entities/{self.key}.yml"

    def outline(self) -> Outline | None:
        """The outline of the text; nothing for one whose layout cannot be read."""
        catalog = check.check({**self.seen.documents, self.path: self.text}).catalog
        entity = catalog.entities.get(self.key)
        if entity is None:
            return None
        try:
            shown = arrangement.Arrangement(self.text, self.part, self.role)
        except ValueError:
            return None
        return Outline(entity, catalog, shown, hidden_from(self.role, entity) if self.role else frozenset())

    def address(self, endpoint: str = ".layout", **more: Any) -> str:
        """The address of this part, or of what belongs to it."""
        return url_for(endpoint, key=self.key, part=self.part, role=self.role or None, **more)


@bp.get("/entities/<key>/layout")
@policy.requires("studio.edit")
def layout(key: str) -> str:
    """The editor of one part, with its preview."""
    asked = _asked(key)
    outline = asked.outline()
    preview = layout_preview.drawn(asked, outline) if outline else None
    return render_template("studio/layout.html", **_facts(asked, outline), preview=preview)


@bp.post("/entities/<key>/layout")
@policy.requires("studio.edit")
def arrange(key: str) -> Answer:
    """Do what a drop, a key or a button asks for, in the draft; the answer says it in words."""
    asked = _asked(key)
    outline = asked.outline()
    if outline is None or request.form.get("stamp") != stamp_of(asked.text):
        return _late(asked)
    if by := layout_acts.WALKS.get(request.form.get("act", "")):
        return _walked(asked, outline, by)
    text, said = layout_acts.done(outline, request.form)
    steps.note(screens.me(), asked.path, asked.text, text, [asked.part, asked.role])
    drafts.write(screens.me(), asked.path, text)
    return _answer(asked, outline.with_text(text), said)


def _walked(asked: Asked, outline: Outline, by: int) -> Answer:
    """One change taken back or done again; one of another part is shown where it was made."""
    text, step = steps.take(screens.me(), asked.path, asked.text, by)
    if step is None:
        return _answer(asked, outline, _("There is nothing to take back.") if by < 0 else _("Nothing is left to redo."))
    drafts.write(screens.me(), asked.path, text)
    said = _("The last change is undone.") if by < 0 else _("The change is done again.")
    part, role = step.place
    if (part, role) == (asked.part, asked.role):
        return _answer(asked, outline.with_text(text), said)
    screens.tell(said)
    address = replace(asked, part=part, role=role).address()
    return FlaskResponse(status=204, headers={"HX-Redirect": address}) if screens.is_piece() else redirect(address, 303)


def _answer(asked: Asked, outline: Outline, said: str) -> Answer:
    """The editor after an act, which it tells."""
    if not screens.is_piece():
        screens.tell(said)
        return redirect(asked.address(), 303)
    answer = FlaskResponse(
        render_template("studio/layout_outline.html", **_facts(_asked(asked.key), outline), said=said)
    )
    answer.headers["HX-Trigger-After-Settle"] = "layout-changed"
    return answer


@bp.get("/entities/<key>/layout/preview")
@policy.requires("studio.edit")
def preview_layout(key: str) -> str:
    """The pages as the draft lays them out, with a real record."""
    asked = _asked(key)
    outline = asked.outline()
    if outline is None:
        raise NotFound()
    return str(layout_preview.drawn(asked, outline))


def _late(asked: Asked) -> Answer:
    """The document was changed elsewhere: nothing is done, and the editor shows how it stands."""
    said = _("This document was changed in another window. Load it again and repeat your change.")
    if screens.is_piece():
        facts = _facts(asked, asked.outline())
        return render_template("studio/layout_outline.html", **facts, said=said, late=said), 409
    screens.tell(said, "warning")
    return redirect(asked.address(), 303)


def _asked(key: str) -> Asked:
    seen = drafts.workspace(screens.me())
    text = seen.documents.get(f"entities/{key}.yml")
    part, role = request.args.get("part", "form"), request.args.get("role", "")
    if text is None or part not in arrangement.PARTS:
        raise NotFound()
    if role and f"roles/{role}.yml" not in seen.documents:
        raise NotFound()
    return Asked(key, part, role, text, seen)


def _facts(asked: Asked, outline: Outline | None) -> dict[str, Any]:
    state = asked.seen.state(asked.path) if asked.path in asked.seen.edits else ""
    back, forth = steps.reach(screens.me(), asked.path, asked.text)
    facts = {"asked": asked, "outline": outline, "stamp": stamp_of(asked.text), "state": state}
    return facts | {"walks": (("undo", back), ("redo", forth))}
