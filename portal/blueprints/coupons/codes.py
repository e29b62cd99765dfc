"""One code: its page, and what can be done with it; and a new one for a record."""

from collections.abc import Callable

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _

from portal import coupons, records, schema
from portal.blueprints import screens
from portal.blueprints.addresses import to
from portal.blueprints.coupons import words
from portal.blueprints.coupons.blueprint import bp
from portal.blueprints.coupons.pages import note
from portal.errors import NotFound
from portal.schema import Entity
from portal.security import policy


@bp.get("/coupons/<int:coupon_id>")
@policy.requires("coupons.work")
def show(coupon_id: int) -> str:
    """What a code is worth, whose it is, and what became of it."""
    me = screens.me()
    one = coupons.listing.one(coupon_id, me)
    return render_template(
        "coupons/show.html",
        one=one,
        noun=schema.current().coupons.get(one.document),
        record=records.fetch(one.entity, one.record_id, me),
        look=words.STATES[one.standing],
        by=words.name_of(one.by_id),
        ended_by=words.name_of(one.ended_by_id),
    )


@bp.post("/coupons/<int:coupon_id>/redemption")
@policy.requires("coupons.work")
def redeem_one(coupon_id: int) -> Response:
    """Redeem it."""
    return _change(coupon_id, lambda one: coupons.redeeming.redeem(one, note(), by=screens.me()), _("Redeemed"))


@bp.post("/coupons/<int:coupon_id>/return")
@policy.requires("coupons.work")
def take_back(coupon_id: int) -> Response:
    """Take a redemption back."""
    said = _("The coupon can be redeemed again.")
    return _change(coupon_id, lambda one: coupons.redeeming.take_back(one, by=screens.me()), said)


@bp.post("/coupons/<int:coupon_id>/withdrawal")
@policy.requires("coupons.work")
def withdraw(coupon_id: int) -> Response:
    """Withdraw it."""
    said = _("The coupon is withdrawn.")
    return _change(coupon_id, lambda one: coupons.redeeming.withdraw(one, by=screens.me()), said)


@bp.post("/<entity:entity>/<int:record_id>/coupons")
@policy.requires("coupons.work")
def issue(entity: Entity, record_id: int) -> Response:
    """Issue a code to a record."""
    me = screens.me()
    record = records.fetch(entity.key, record_id, me)
    if record.is_archived:
        raise NotFound
    try:
        one = coupons.issuing.issue(request.form.get("document", ""), record, by=me)
    except coupons.issuing.NotIssued as refused:
        screens.tell(words.NOT_ISSUED[refused.reason], "warning")
        return to(url_for("records.show", entity=entity, record_id=record_id))
    noun = schema.current().coupons[one.document]
    if coupons.issuing.mails(noun, record):
        screens.tell(_("%(code)s is issued, and on its way by mail.", code=one.written))
    else:
        screens.tell(_("%(code)s is issued. Nothing was mailed; tell the customer the code.", code=one.written))
    return to(url_for("records.show", entity=entity, record_id=record_id))


def _change(coupon_id: int, change: Callable[[coupons.Coupon], None], said: str) -> Response:
    one = coupons.listing.one(coupon_id, screens.me())
    try:
        change(one)
        screens.tell(said)
    except coupons.redeeming.Refused as refused:
        screens.tell(words.refused(refused), "warning")
    return to(url_for("coupons.show", coupon_id=coupon_id))
