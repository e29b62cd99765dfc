"""The workflow step that gives the customer a coupon."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal import schema
from portal.coupons import issuing
from portal.coupons.models import Coupon
from portal.extensions import db
from portal.records import Record
from portal.rules.actions import Action, Moment, StepFailed
from portal.security import SYSTEM


class Give(Action):
    """Issue a code; a record that has all it may have gets none, and the run goes on."""

    key = "coupon"
    label = _l("Coupon")
    icon = "discount"

    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        noun: Any = schema.current().coupons.get(body.coupon)
        if noun is None:
            raise StepFailed("no_coupon", word=body.coupon)
        if noun.message and not issuing.mails(noun, moment.record):
            raise StepFailed("no_address")
        try:
            one = issuing.issue(noun.key, moment.record, by=SYSTEM, step=(moment.run.id, str(moment.run.at)))
        except issuing.NotIssued as refused:
            if refused.reason == issuing.ENOUGH:
                return {"coupon": None}
            if refused.reason == issuing.OUT:
                raise StepFailed("coupons_gone", word=str(noun.label), number=noun.in_all) from None
            raise StepFailed("no_coupon", word=body.coupon) from None
        return {"coupon": one.id}

    def sentence(self, body: Any) -> str:
        noun = schema.current().coupons.get(body.coupon)
        if noun is None:
            return gettext("Issue a coupon “%(name)s”", name=body.coupon)
        return gettext("Issue a coupon “%(name)s”: %(worth)s", name=noun.label, worth=noun.worth)

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        one = db.session.get(Coupon, result.get("coupon") or 0)
        if one is None:
            return gettext("The record has all the coupons of this kind that it may have.")
        return gettext("Issued %(code)s, good until %(day)s", code=one.written, day=one.last_day.isoformat())
