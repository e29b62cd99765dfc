"""The codes of a batch as a file, of those records that the person may take out."""

from collections.abc import Iterator, Sequence

from flask import Response, request, url_for
from flask_babel import gettext as _

from portal import audit, clock, coupons, records, schema
from portal.blueprints import screens
from portal.blueprints.addresses import to
from portal.blueprints.attachments import attached, csv_lines
from portal.blueprints.coupons import words
from portal.blueprints.coupons.blueprint import bp
from portal.errors import Forbidden
from portal.integrations import takeouts
from portal.security import Person, policy

LONGEST = 10_000  # codes in one file
Line = Sequence[object]


@bp.post("/coupons/takeout")
@policy.requires("coupons.work")
def take_out() -> Response:
    """The codes of one document and standing; more than the person may take out at once are refused."""
    me = screens.me()
    if not policy.may(me, "export"):
        raise Forbidden
    document, state = request.form.get("document", ""), request.form.get("state", "")
    state = state if state in words.STATES else ""
    most = min(takeouts.limit(me), LONGEST)
    found = coupons.listing.listed(me, document, state, action="export", most=most)
    if len(found) > most:
        screens.tell(_("You may take out %(number)s codes at once; filter the list.", number=most), "warning")
        return to(url_for("coupons.index", document=document, state=state))
    audit.record("coupon.exported", by=me, data={"document": document, "state": state, "rows": len(found)})
    return attached(csv_lines([*_lines(found, me)]), f"{document or 'coupons'}-{clock.today():%Y%m%d}.csv")


def _lines(found: Sequence[coupons.Coupon], person: Person) -> Iterator[Line]:
    yield [_("Code"), _("Coupon"), _("Worth"), _("Record"), _("State"), _("Issued"), _("Good until"), _("Redeemed"), ""]
    names = records.links.called({(one.entity, one.record_id) for one in found}, person)
    nouns = schema.current().coupons
    for one in found:
        noun, redeemed = nouns.get(one.document), one.ended_at if one.state == "redeemed" else None
        yield [
            one.written,
            str(noun.label) if noun else one.document,
            str(one.promise),
            names.get((one.entity, one.record_id), f"#{one.record_id}"),
            str(words.STATES[one.standing][0]),
            screens.moment(one.issued_at),
            one.last_day.isoformat(),
            screens.moment(redeemed) if redeemed else "",
            one.note,
        ]
