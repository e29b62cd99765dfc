"""The releases there were: who, when, why, what changed; and the way back."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.blueprints.studio import beforehand
from portal.blueprints.studio.blueprint import bp
from portal.blueprints.studio.unconverted import retyped
from portal.errors import NotFound
from portal.foresight import impact_of
from portal.schema import differences, releases
from portal.security import policy


@bp.get("/releases")
@policy.requires("studio.edit")
def history() -> str:
    """All releases, newest first."""
    return render_template("studio/releases.html", rows=releases.rows(), number=releases.current_number())


@bp.get("/releases/<int:number>")
@policy.requires("studio.edit")
def release(number: int) -> str:
    """One release against the one before it, or against another; an old one with what bringing it back would do."""
    rows = {row.number: row for row in releases.rows()}
    if number not in rows:
        raise NotFound()
    against = request.args.get("against", default=number - 1, type=int)
    against = against if against in rows else number - 1
    current = releases.current_number()
    documents = releases.documents(number)
    _result, plan = releases.preview(documents, restores=number) if number != current else (None, None)
    return render_template(
        "studio/release.html",
        row=rows[number],
        retyped=retyped(number),
        rows=rows.values(),
        against=against,
        number=current,
        mine=differences.between(releases.documents(against), documents),
        impact=impact_of(plan) if plan else None,
    )


@bp.post("/releases/<int:number>/restoration")
@policy.requires("studio.publish")
def restore(number: int) -> Response:
    """Bring the documents of an older release back into force, as a new release."""
    note = request.form.get("note", "").strip()[:500] or _("Back to release %(number)s", number=number)
    expected = request.form.get("expected", type=int)
    expected = releases.current_number() if expected is None else expected
    try:
        brought = releases.rollback(number, by=current_user, note=note, expected_release=expected, brief=True)
    except releases.TakesLong:
        edits = differences.edits(releases.documents(expected), releases.documents(number))
        return beforehand.publish(edits, base=expected, note=note, right="studio.publish", restores=number)
    screens.tell(_("Release %(number)s is in force.", number=brought.number))
    return redirect(url_for(".release", number=brought.number), 303)
