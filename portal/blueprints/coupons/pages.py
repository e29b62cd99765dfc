"""The batches with their codes, and the box into which a code is typed or scanned."""

from collections.abc import Sequence
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _

from portal import coupons, records
from portal.blueprints import screens
from portal.blueprints.addresses import to
from portal.blueprints.coupons import words
from portal.blueprints.coupons.blueprint import bp
from portal.security import policy

LONGEST_CODE, LONGEST_NOTE = 80, 120
Typed = dict[str, str]


@bp.get("/coupons/")
@policy.requires("coupons.work")
def index() -> str:
    """The batches, and the newest codes by document and standing."""
    return _page({"code": "", "note": "", "problem": ""})


@bp.post("/coupons/redemptions")
@policy.requires("coupons.work")
def redeem() -> Response:
    """Redeem a code, or look what it is worth; a refused one stays in the box with the reason."""
    me = screens.me()
    typed = request.form.get("code", "")[:LONGEST_CODE]
    try:
        one = coupons.redeeming.found(typed, me)
        if "look" not in request.form:
            coupons.redeeming.redeem(one, note(), by=me)
            undo = url_for("coupons.take_back", coupon_id=one.id)
            screens.tell(_("Redeemed: %(worth)s", worth=one.promise), undo=undo)
    except coupons.codes.Misread as misread:
        problem, status = words.misread(misread), misread.status
    except coupons.redeeming.Refused as refused:
        problem, status = words.refused(refused), refused.status
    else:
        return to(url_for("coupons.show", coupon_id=one.id))
    return make_response(_page({"code": typed, "note": note(), "problem": problem}), status)


def note() -> str:
    """By which order, as the form says."""
    return " ".join(request.form.get("note", "").split())[:LONGEST_NOTE]


def _page(typed: Typed) -> str:
    me, asked = screens.me(), request.args
    document, state = asked.get("document", ""), asked.get("state", "")
    batches = coupons.listing.batches(me)
    state = state if state in words.STATES else ""
    document = document if document in {one.document for one in batches} else ""
    found = list(coupons.listing.listed(me, document, state, asked.get("before", type=int)))
    more, found = len(found) > coupons.listing.LIMIT, found[: coupons.listing.LIMIT]
    return render_template(
        "coupons/index.html",
        typed=typed,
        batches=batches,
        rows=_rows(found, batches),
        document=document,
        state=state,
        states=words.STATES,
        may_take=policy.may(me, "export"),
        next=url_for("coupons.index", document=document, state=state, before=found[-1].id) if more else None,
    )


def _rows(found: Sequence[coupons.Coupon], batches: Sequence[Any]) -> list[tuple[coupons.Coupon, Any, str]]:
    """The codes with their documents and the names of their records."""
    nouns = {one.document: one.noun for one in batches}
    names = records.links.called({(one.entity, one.record_id) for one in found}, screens.me())
    called = [names.get((one.entity, one.record_id), f"#{one.record_id}") for one in found]
    return [(one, nouns.get(one.document), name) for one, name in zip(found, called, strict=True)]
