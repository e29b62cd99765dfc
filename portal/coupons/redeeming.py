"""What becomes of a code: redeemed once, taken back by mistake, withdrawn. Of two who do it at a time one wins."""

from typing import Any

import sqlalchemy as sa

from portal import clock
from portal.coupons import codes, listing
from portal.coupons.issuing import account
from portal.coupons.models import ISSUED, REDEEMED, WITHDRAWN, Coupon
from portal.errors import Conflict
from portal.extensions import db, transaction
from portal.security import Actor


class Refused(Conflict):
    """A code that cannot be redeemed; `coupon` is the one that was found, with its standing, if any was."""

    def __init__(self, coupon: Coupon | None = None) -> None:
        super().__init__()
        self.coupon = coupon


def found(text: str, person: Actor) -> Coupon:
    """The coupon of a code that somebody typed or scanned; raises Misread, and Refused where the person knows none."""
    mine = listing.visible(person).where(Coupon.code == codes.read(text))
    one = db.session.scalar(mine)
    if one is None:
        raise Refused
    return one


def redeem(one: Coupon, note: str, *, by: Actor) -> None:
    """Redeem an issued code, once; `note` says by which order. Raises Refused."""
    _become(one, ISSUED, {"state": REDEEMED, "note": note}, by, in_time=True)
    account("coupon.redeemed", one, by)


def take_back(one: Coupon, *, by: Actor) -> None:
    """Let a code be as it was before it was redeemed; raises Refused where it is not redeemed."""
    _become(one, REDEEMED, {"state": ISSUED, "note": ""}, None)
    account("coupon.returned", one, by)


def withdraw(one: Coupon, *, by: Actor) -> None:
    """Let a code that was not redeemed be worth nothing from now on; raises Refused."""
    _become(one, ISSUED, {"state": WITHDRAWN}, by)
    account("coupon.withdrawn", one, by)


def _become(one: Coupon, before: str, values: dict[str, Any], by: Actor | None, *, in_time: bool = False) -> None:
    """Compare and swap in one statement, so that nobody comes between the look and the deed."""
    ended = {"ended_at": clock.now() if by else None, "ended_by_id": by.id if by else None}
    with transaction():
        still = sa.and_(Coupon.id == one.id, Coupon.state == before)
        if in_time:
            still = sa.and_(still, Coupon.ends_at > clock.now())
        swap = sa.update(Coupon).where(still).values(**values, **ended)
        done: Any = db.session.execute(swap, execution_options={"synchronize_session": False})
        db.session.refresh(one)
        if not done.rowcount:
            raise Refused(one)
