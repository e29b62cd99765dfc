"""The look before publishing: what is wrong, what changes in the text, what it does to the data; then publish."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import foresight
from portal.blueprints import screens
from portal.blueprints.studio import beforehand
from portal.blueprints.studio.blueprint import bp
from portal.errors import Conflict
from portal.foresight import impact_of
from portal.schema import SchemaError, check, differences, drafts, releases
from portal.security import policy

Answer = Response | str | tuple[str, int]


@bp.get("/review")
@policy.requires("studio.edit")
def review() -> str:
    """The draft against the release it began from."""
    return _page(drafts.workspace(current_user))


@bp.post("/releases")
@policy.requires("studio.publish")
def publish() -> Answer:
    """Publish the draft; a lost race or an error shows the page again with what is in the way."""
    seen = drafts.workspace(current_user)
    note = request.form.get("note", "").strip()[:500]
    try:
        release = releases.publish(seen.documents, by=current_user, note=note, expected_release=seen.base, brief=True)
    except releases.TakesLong:
        draft = drafts.of(current_user)
        return beforehand.publish(
            seen.edits, base=seen.base, note=note, right="studio.publish", draft=draft.id if draft else None
        )
    except SchemaError:
        return _page(seen, note=note), 422
    except Conflict as lost:
        return _page(seen, note=note, lost=lost), 409
    drafts.discard(current_user)
    screens.tell(_("Release %(number)s is in force.", number=release.number))
    return redirect(url_for(".release", number=release.number), 303)


def _page(seen: drafts.Workspace, note: str = "", lost: Conflict | None = None) -> str:
    number = releases.current_number()
    moved = number != seen.base
    result, plan = releases.preview(seen.documents)
    theirs = differences.between(seen.published, releases.documents(number)) if moved else []
    return render_template(
        "studio/review.html",
        seen=seen,
        result=result,
        mine=differences.between(seen.published, seen.documents),
        impact=impact_of(plan) if plan and seen.edits else None,
        rules=_rules(seen, result),
        under_way=beforehand.under_way(),
        note=note,
        lost=lost,
        newest=releases.rows(limit=1)[0] if moved else None,
        theirs=theirs,
        both=[item.path for item in theirs if item.path in seen.edits],
    )


def _rules(seen: drafts.Workspace, result: check.CheckResult) -> list[tuple[str, str, str]]:
    """Kind, key and label of the changed rules that can be tried on the past."""
    places = [tuple(path.removesuffix(".yml").split("/")) for path in sorted(seen.edits)]
    kinds = foresight.backtest.KINDS
    return [
        (place[0], place[1], str(result.catalog.kind(place[0])[place[1]].label))
        for place in places
        if len(place) == 2 and place[0] in kinds and place[1] in result.catalog.kind(place[0])
    ]
