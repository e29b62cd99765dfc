"""Who holds which delivery: claiming, the step before DATA, outcomes, and what a dead attempt leaves.

Every step is one short transaction of its own with a condition on state and holder, so that a
worker thought dead cannot send what another has taken over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self, cast

import sqlalchemy as sa

from portal import clock
from portal.campaigns.models import Delivery, DeliveryState
from portal.campaigns.tracking import is_suppressed, suppress
from portal.extensions import db, transaction

BATCH = 200
"""Deliveries claimed at once."""
RETRY_AFTER = (60, 300, 1800, 7200)
"""Seconds before the next try of a deferred mail; after the last it counts as bounced."""

TABLE = cast(sa.Table, Delivery.__table__)


def _is(claim: str, *states: DeliveryState) -> sa.ColumnElement[bool]:
    """The delivery of that parameter in one of these states."""
    return sa.and_(TABLE.c.id == sa.bindparam(claim), sa.or_(*(TABLE.c.state == state for state in states)))


def _to(key: str) -> sa.BindParameter[object]:
    return sa.bindparam(f"to_{key}", type_=TABLE.c[key].type)


def _unless_next(key: str) -> sa.Case[object]:
    return sa.case((TABLE.c.id == sa.bindparam("next"), TABLE.c[key]), else_=_to(key))


# What the next offered delivery becomes, what the last one became, and both at once.
MINE = TABLE.c.holder == sa.bindparam("mine")
NEXT = _is("next", DeliveryState.CLAIMED)
LAST = _is("last", DeliveryState.SENDING, DeliveryState.UNCERTAIN)
SETTLED = ("reason", "next_try_at", "sent_at")
BEGIN = (
    sa.update(TABLE)
    .where(MINE, NEXT)
    .values(state=DeliveryState.SENDING, attempts=TABLE.c.attempts + 1)
    .returning(TABLE.c.id)
)
END = sa.update(TABLE).where(MINE, LAST).values({key: _to(key) for key in ("state", *SETTLED)})
STEP = (
    sa.update(TABLE)
    .where(MINE, sa.or_(NEXT, LAST))
    .values(
        state=sa.case((TABLE.c.id == sa.bindparam("next"), DeliveryState.SENDING), else_=_to("state")),
        attempts=TABLE.c.attempts + sa.case((TABLE.c.id == sa.bindparam("next"), 1), else_=0),
        **{key: _unless_next(key) for key in SETTLED},
    )
    .returning(TABLE.c.id)
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery in hand."""

    id: int
    record_id: int
    address: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail; `reason` is the server's answer."""

    state: DeliveryState
    reason: str = ""


def recover(campaign_id: int, holder: str) -> int:
    """Take over from dead attempts; gives how many became uncertain.

    What was only claimed was never offered to the server and goes back to pending. What was
    sending may have been accepted, so it becomes uncertain and is never sent again by itself.
    """
    others = sa.and_(TABLE.c.campaign_id == campaign_id, TABLE.c.holder != holder)
    with transaction():
        db.session.execute(
            sa.update(TABLE)
            .where(others, TABLE.c.state == DeliveryState.CLAIMED)
            .values(state=DeliveryState.PENDING, holder="")
        )
        lost = db.session.execute(
            sa.update(TABLE)
            .where(others, TABLE.c.state == DeliveryState.SENDING)
            .values(state=DeliveryState.UNCERTAIN, reason="worker stopped while the server was answering")
            .returning(TABLE.c.id)
        ).all()
    return len(lost)


def claim(campaign_id: int, holder: str, limit: int = BATCH) -> list[Claim]:
    """Take up to `limit` deliveries that are due; suppressed addresses are skipped here, at the last moment."""
    now = clock.now()
    due = sa.or_(
        TABLE.c.state == DeliveryState.PENDING,
        sa.and_(TABLE.c.state == DeliveryState.DEFERRED, TABLE.c.next_try_at <= now),
    )
    with transaction():
        chosen = sa.select(TABLE.c.id).where(TABLE.c.campaign_id == campaign_id, due).order_by(TABLE.c.id).limit(limit)
        ids = list(db.session.execute(chosen.with_for_update(skip_locked=True)).scalars())
        if not ids:
            return []
        rows = db.session.execute(
            sa.update(TABLE)
            .where(TABLE.c.id.in_(ids))
            .values(state=DeliveryState.CLAIMED, holder=holder)
            .returning(TABLE.c.id, TABLE.c.record_id, TABLE.c.address, TABLE.c.attempts)
        ).all()
        refused = is_suppressed([row.address for row in rows])
        _skip([row.id for row in rows if row.address.lower() in refused], "suppressed")
    kept = [Claim(*row) for row in rows if row.address.lower() not in refused]
    return sorted(kept, key=lambda claim: claim.id)


def _skip(ids: Sequence[int], reason: str) -> None:
    if ids:
        db.session.execute(
            sa.update(TABLE).where(TABLE.c.id.in_(ids)).values(state=DeliveryState.SKIPPED, reason=reason, holder="")
        )


def release(campaign_id: int, holder: str) -> None:
    """Give back what is claimed and not begun, for a pause or a cancel."""
    with transaction():
        db.session.execute(
            sa.update(TABLE)
            .where(TABLE.c.campaign_id == campaign_id, TABLE.c.holder == holder, TABLE.c.state == DeliveryState.CLAIMED)
            .values(state=DeliveryState.PENDING, holder="")
        )


class Ledger:
    """Writes the border before each DATA: the last mail's outcome and the next one's `sending`, in one commit.

    It has a connection of its own, for a session costs as much as the mail itself; use it as a context.
    """

    def __init__(self, holder: str) -> None:
        self.holder = holder
        self._connection = db.engine.connect()
        self._last: tuple[Claim, Outcome] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._connection.close()

    def begin(self, claim: Claim) -> bool:
        """Commit that `claim` is about to be offered; False when another attempt has taken it over."""
        known = {"next": claim.id, "mine": self.holder}
        with self._connection.begin():
            if self._last is None:
                written = self._connection.execute(BEGIN, known)
            else:
                written = self._connection.execute(STEP, known | self._outcome(*self._last))
            begun = claim.id in written.scalars().all()
        self._last = None
        return begun

    def end(self, claim: Claim, outcome: Outcome) -> None:
        """Remember an outcome; it is committed with the next `begin` or by `settle`."""
        self._last = (claim, outcome)

    def settle(self) -> None:
        """Commit the outcome still in hand."""
        if self._last is not None:
            with self._connection.begin():
                self._connection.execute(END, {"mine": self.holder} | self._outcome(*self._last))
            self._last = None

    def _outcome(self, claim: Claim, outcome: Outcome) -> dict[str, object]:
        """The last delivery's new values; an address that bounced is kept from further mail in the same breath."""
        if outcome.state is DeliveryState.BOUNCED:
            suppress(claim.address, "bounced", within=self._connection)
        return {"last": claim.id, **{f"to_{key}": value for key, value in _settled(claim, outcome).items()}}


def _settled(claim: Claim, outcome: Outcome) -> dict[str, object]:
    now = clock.now()
    values: dict[str, object] = dict.fromkeys(SETTLED)
    values |= {"state": outcome.state, "reason": outcome.reason[:300]}
    if outcome.state is DeliveryState.SENT:
        values["sent_at"] = now
    if outcome.state is DeliveryState.DEFERRED:
        values |= deferral(claim.attempts, now, outcome.reason)
    return values


def deferral(attempts: int, now: datetime, reason: str) -> dict[str, object]:
    """When a deferred mail is tried again; after the last wait it has bounced."""
    if attempts >= len(RETRY_AFTER):
        return {"state": DeliveryState.BOUNCED, "reason": f"given up: {reason}"[:300]}
    return {"next_try_at": now + timedelta(seconds=RETRY_AFTER[attempts])}
