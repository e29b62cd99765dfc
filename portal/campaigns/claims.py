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


MINE = sa.and_(TABLE.c.id == sa.bindparam("claim"), TABLE.c.holder == sa.bindparam("mine"))
BEGIN = (
    sa.update(TABLE)
    .where(MINE, TABLE.c.state == DeliveryState.CLAIMED)
    .values(state=DeliveryState.SENDING, attempts=TABLE.c.attempts + 1)
    .returning(TABLE.c.id)
)
END = (
    sa.update(TABLE)
    .where(MINE, TABLE.c.state.in_((DeliveryState.SENDING, DeliveryState.UNCERTAIN)))
    .values({key: sa.bindparam(key) for key in ("state", "reason", "next_try_at", "sent_at")})
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
        with self._connection.begin():
            self._write_last()
            begun = self._connection.execute(BEGIN, {"claim": claim.id, "mine": self.holder}).one_or_none()
        self._last = None
        return begun is not None

    def end(self, claim: Claim, outcome: Outcome) -> None:
        """Remember an outcome; it is committed with the next `begin` or by `settle`."""
        self._last = (claim, outcome)

    def settle(self) -> None:
        """Commit the outcome still in hand."""
        if self._last is not None:
            with self._connection.begin():
                self._write_last()
            self._last = None

    def _write_last(self) -> None:
        if self._last is None:
            return
        claim, outcome = self._last
        known = {"claim": claim.id, "mine": self.holder, "next_try_at": None, "sent_at": None}
        self._connection.execute(END, known | _settled(claim, outcome))
        if outcome.state is DeliveryState.BOUNCED:
            suppress(claim.address, "bounced", within=self._connection)


def _settled(claim: Claim, outcome: Outcome) -> dict[str, object]:
    now = clock.now()
    values: dict[str, object] = {"state": outcome.state, "reason": outcome.reason[:300]}
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
