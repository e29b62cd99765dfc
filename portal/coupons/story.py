"""Coupons on the timeline of a record."""

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal.coupons.models import Coupon
from portal.fields import Text
from portal.records import Record, timeline, told
from portal.security import Actor, Person, policy

KIND = "coupon"
SAID: dict[str, Any] = {
    "issued": _l("Coupon issued"),
    "redeemed": _l("Coupon redeemed"),
    "withdrawn": _l("Coupon withdrawn"),
}


def rows(record: told.About, person: Actor) -> sa.Select[Any]:
    """The coupons of a record, each at the last that became of it; the code is not told."""
    own = told.columns(
        KIND,
        Coupon.id,
        sa.func.coalesce(Coupon.ended_at, Coupon.issued_at, type_=Coupon.issued_at.type),
        by=Person.name,
        word=Coupon.state,
        comment=Coupon.note,
        title=Coupon.worth,
        first_at=Coupon.ends_at,
    )
    who = Person.id == sa.func.coalesce(Coupon.ended_by_id, Coupon.by_id)
    mine = sa.and_(Coupon.entity == record.entity.key, Coupon.record_id == record.id)
    return sa.select(*own).select_from(Coupon).outerjoin(Person, who).where(mine)


def item(row: Any, record: Record, person: Actor) -> timeline.Item:
    """One coupon by what it is worth."""
    worth = str(Text.model_validate(row.title))
    text = gettext("%(deed)s: %(worth)s", deed=SAID[row.word], worth=worth)
    text += f" – {row.comment}" if row.comment else ""
    link = f"/coupons/{row.id}" if policy.may(person, "coupons.work") else ""
    who = row.by or gettext("The portal")
    return timeline.Item(told.moment(row), KIND, row.id, worth, text, "discount", who, link=link)


SOURCE = told.Source(KIND, rows, item)
