"""Which coupons somebody may know: those of records within reach; in lists, in numbers, and of one record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal import clock, schema
from portal.coupons.models import EXPIRED, ISSUED, REDEEMED, WITHDRAWN, Coupon
from portal.errors import NotFound
from portal.extensions import db
from portal.records import Record, reach, tables
from portal.security import Actor, policy

LIMIT = 50
FEW = 5
STANDINGS = (ISSUED, REDEEMED, EXPIRED, WITHDRAWN)


@dataclass(frozen=True)
class Batch:
    """The codes of one document by standing, of those the viewer may know; `noun` is None where it is gone.

    `out` is how many count against the limit of the whole batch, whoever may know them; 0 where there is none.
    """

    document: str
    noun: Any
    numbers: dict[str, int]
    out: int


def visible(person: Actor, action: str = "view") -> sa.Select[Coupon]:
    """Select the coupons of records that the person may see, or may do the action with."""
    known: list[sa.ColumnElement[bool]] = [sa.false()]
    for key, entity in schema.current().entities.items():
        if policy.can(person, action, key):
            table = tables.table_of(key)
            there = sa.exists().where(table.c.id == Coupon.record_id, reach.rows(person, action, entity))
            known.append(sa.and_(Coupon.entity == key, there))
    return sa.select(Coupon).where(sa.or_(*known))


def one(coupon_id: int, person: Actor) -> Coupon:
    """One coupon; raises NotFound, also where its record is out of reach."""
    found = db.session.scalar(visible(person).where(Coupon.id == coupon_id))
    if found is None:
        raise NotFound
    return found


def listed(
    person: Actor,
    document: str = "",
    standing: str = "",
    before: int | None = None,
    *,
    action: str = "view",
    most: int | None = None,
) -> Sequence[Coupon]:
    """The newest coupons, one more than a page (or `most`) holds when there are more."""
    rows = visible(person, action).order_by(Coupon.id.desc()).limit((LIMIT if most is None else most) + 1)
    if document:
        rows = rows.where(Coupon.document == document)
    if standing:
        rows = rows.where(_standing() == standing)
    if before:
        rows = rows.where(Coupon.id < before)
    return db.session.scalars(rows).all()


def batches(person: Actor) -> list[Batch]:
    """Every document of coupons for records the person may see, and those that are gone but have codes."""
    standing = _standing()
    grouped = visible(person).with_only_columns(Coupon.document, standing, sa.func.count())
    numbers: dict[str, dict[str, int]] = {}
    for document, state, number in db.session.execute(grouped.group_by(Coupon.document, standing)):
        numbers.setdefault(document, {})[state] = number
    nouns = {key: noun for key, noun in schema.current().coupons.items() if policy.can(person, "view", noun.on)}
    out = _out([key for key, noun in nouns.items() if noun.in_all])
    found = dict.fromkeys([*nouns, *sorted(numbers)])
    return [Batch(key, nouns.get(key), numbers.get(key, {}), out.get(key, 0)) for key in found]


def _out(documents: Sequence[str]) -> dict[str, int]:
    if not documents:
        return {}
    mine = sa.and_(Coupon.document.in_(documents), Coupon.state != WITHDRAWN)
    rows = db.session.execute(sa.select(Coupon.document, sa.func.count()).where(mine).group_by(Coupon.document))
    return {row[0]: row[1] for row in rows}


def of_record(record: Record) -> Sequence[Coupon]:
    """The newest coupons of a record."""
    mine = sa.select(Coupon).where(Coupon.entity == record.entity.key, Coupon.record_id == record.values["id"])
    return db.session.scalars(mine.order_by(Coupon.id.desc()).limit(FEW)).all()


def _standing() -> sa.ColumnElement[str]:
    is_over = sa.and_(Coupon.state == ISSUED, Coupon.ends_at <= clock.now())
    return sa.case((is_over, sa.literal_column(f"'{EXPIRED}'", sa.String())), else_=Coupon.state)
