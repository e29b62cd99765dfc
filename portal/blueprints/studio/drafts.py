"""What is done with whole drafts: begun, taken in hand, thrown away, brought together with a newer release."""

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.studio.blueprint import bp
from portal.errors import Conflict, Invalid
from portal.schema import drafts, merge, releases
from portal.security import policy

SIDES: dict[str, merge.Side] = {"mine": "mine", "theirs": "theirs", "both": "both"}


@bp.post("/drafts")
@policy.requires("studio.edit")
def begin_draft() -> Response:
    """Begin another draft under a name and take it in hand."""
    name = request.form.get("name", "").strip()
    if not name:
        raise Invalid({"name": _("Give the draft a name.")})
    drafts.begin(current_user, name)
    screens.tell(_("A new draft is in your hand: %(name)s", name=name))
    return redirect(url_for(".index"), 303)


@bp.post("/drafts/<int:draft_id>/hand")
@policy.requires("studio.edit")
def take_draft(draft_id: int) -> Response:
    """Take another draft of one's own in hand."""
    draft = drafts.take(current_user, draft_id)
    screens.tell(_("In your hand: %(name)s", name=draft.name or _("Unnamed draft")))
    return redirect(url_for(".index"), 303)


@bp.post("/draft/removal")
@policy.requires("studio.edit")
def discard() -> Response:
    """Forget all edits of the draft."""
    drafts.discard(current_user)
    screens.tell(_("Your draft is gone; everything is as published."))
    return redirect(url_for(".index"), 303)


@bp.get("/draft/move")
@policy.requires("studio.edit")
def together() -> str:
    """What both sides changed: what stood there, mine, theirs."""
    seen, newest = drafts.workspace(current_user), releases.rows(limit=1)[0]
    return render_template("studio/together.html", clashes=drafts.clashes(current_user), newest=newest, seen=seen)


@bp.post("/draft/move")
@policy.requires("studio.edit")
def move() -> Response:
    """Put the edits on top of the release in force, conflicts as they were answered."""
    number = request.form.get("number", type=int)
    if number is not None and number != releases.current_number():
        raise Conflict(_("Another release came meanwhile. Look at the differences again."))
    drafts.move(current_user, {path: _sides(path) for path in request.form.getlist("path")})
    screens.tell(_("Your draft now stands on the release in force."))
    return redirect(url_for(".review"), 303)


def _sides(path: str) -> Sequence[merge.Side]:
    """The answers for one document in the order of its conflicts."""
    answers: list[merge.Side] = []
    while side := request.form.get(f"side/{path}/{len(answers)}"):
        answers.append(SIDES.get(side, "mine"))
    return answers
