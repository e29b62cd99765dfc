"""Several at once: a batch gives no more codes than it may, and of two tills one redeems."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from portal import records, schema
from portal.coupons import issuing, redeeming
from portal.coupons.models import Coupon
from portal.extensions import db, transaction
from portal.security import SYSTEM
from tests.coupons.test_coupons import ONE

WRITERS, LIMIT, EACH = 8, 5, 2


def at_once(app: Any, number: int, act: Any) -> list[bool]:
    """What came of it where so many do the same at the same moment."""
    together = threading.Barrier(number)

    def go(who: int) -> bool:
        with app.app_context():
            try:
                together.wait(60)
                with transaction():
                    act(who)
            except (issuing.NotIssued, redeeming.Refused):
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(go, range(number)))


def test_limits_hold_and_one_till_wins(app: Any, make: Any, people: Any) -> None:
    text = ONE.format(key="few") + f"in_all: {LIMIT}\nper_record: {EACH}\n"
    schema.releases.publish_document("coupons/few.yml", text, by=SYSTEM, note="test")
    ids = [make("customer", name=name).id for name in ("甲公司", "乙公司", "丙公司", "丁公司")]
    db.session.commit()

    def issue(who: int) -> None:
        issuing.issue("few", records.fetch("customer", ids[who % len(ids)], SYSTEM), by=SYSTEM)

    assert sum(at_once(app, WRITERS, issue)) == LIMIT
    held = sa.select(Coupon.record_id, sa.func.count()).group_by(Coupon.record_id)
    assert sum(row[1] for row in db.session.execute(held)) == LIMIT
    schema.releases.publish_document("coupons/few.yml", text.replace(f"in_all: {LIMIT}\n", ""), by=SYSTEM, note="test")

    def again(who: int) -> None:
        issuing.issue("few", records.fetch("customer", ids[0], SYSTEM), by=SYSTEM)

    db.session.rollback()
    before = dict(db.session.execute(held).all())[ids[0]]
    db.session.rollback()
    assert sum(at_once(app, WRITERS, again)) == EACH - before
    one = db.session.scalars(sa.select(Coupon.id).limit(1)).one()
    db.session.rollback()

    def redeem(who: int) -> None:
        redeeming.redeem(db.session.get_one(Coupon, one), f"till {who}", by=SYSTEM)

    assert sum(at_once(app, 4, redeem)) == 1
