"""How coupons stand, and why a code cannot be redeemed, as people are told."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import coupons
from portal.blueprints.screens import moment
from portal.extensions import db
from portal.security import Person

STATES: dict[str, tuple[Any, str, str]] = {
    "issued": (_l("Can be redeemed"), "blue", "discount"),
    "redeemed": (_l("Redeemed"), "green", "circle-check"),
    "expired": (_l("Ran out"), "gray", "hourglass"),
    "withdrawn": (_l("Void"), "red", "circle-x"),
}
NOT_ISSUED: dict[str, Any] = {
    "gone": _l("There are no such coupons for this record."),
    "enough": _l("The record has all the coupons of this kind that it may have."),
    "out": _l("All codes of this batch are out."),
}


def name_of(person_id: int | None) -> str:
    """Who did it; the portal itself where nobody did."""
    person = db.session.get(Person, person_id) if person_id else None
    return person.name if person else _("The portal")


def misread(error: coupons.codes.Misread) -> str:
    """Why what was typed cannot be a code."""
    if error.length is not None:
        whole = coupons.codes.LENGTH
        return _(
            "Type the whole code: %(whole)s signs in groups of four; this is %(number)s.",
            whole=whole,
            number=error.length,
        )
    return _("A sign of this code is mistyped. Compare it with the coupon; there is no 0, O, 1 or I in it.")


def refused(error: coupons.redeeming.Refused) -> str:
    """Why a code cannot be redeemed: with when and by whom."""
    one = error.coupon
    if one is None:
        return _("No such coupon is known, at least none of a customer within your reach.")
    if one.standing == "expired":
        return _("This coupon ran out: it was good until %(day)s.", day=one.last_day.isoformat())
    if one.ended_at is None:
        return _("This coupon was not redeemed.")
    told = {"when": moment(one.ended_at), "name": name_of(one.ended_by_id)}
    if one.standing == "withdrawn":
        return _("This coupon was withdrawn on %(when)s by %(name)s.", **told)
    return _("This coupon was redeemed already, on %(when)s by %(name)s.", **told)
