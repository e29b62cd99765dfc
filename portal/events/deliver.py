"""Bring events to their later listeners, each listener at most once per success."""

import logging
from collections.abc import Callable

import sqlalchemy as sa

from portal import clock
from portal.events.listeners import Listener, hearing
from portal.events.model import Event, EventReceipt
from portal.extensions import db, transaction

ATTEMPTS = 3
BATCH = 200
log = logging.getLogger(__name__)


def undelivered() -> int:
    """How many events wait for later listeners."""
    query = sa.select(sa.func.count()).select_from(Event).where(Event.delivered_at.is_(None))
    return db.session.scalar(query) or 0


def deliver(advance: Callable[[int], object] | None = None) -> int:
    """Bring all waiting events to their listeners, oldest first; returns how many still wait because one failed.

    A listener runs in its own transaction together with its receipt, so a retry repeats none that
    succeeded. After three failures it is left out for that event, and the receipt keeps the error.
    """
    last, count, failed = 0, 0, 0
    while batch := _waiting(last):
        for event_id in batch:
            last = event_id
            failed += not _bring(event_id)
            count += 1
        if advance:
            advance(count)
    return failed


def _waiting(after: int) -> list[int]:
    query = sa.select(Event.id).where(Event.delivered_at.is_(None), Event.id > after).order_by(Event.id).limit(BATCH)
    ids = list(db.session.scalars(query))
    db.session.rollback()
    return ids


def _bring(event_id: int) -> bool:
    event = db.session.get(Event, event_id)
    listeners = list(hearing(event.kind, "after")) if event is not None else []
    db.session.rollback()
    # Each gets its turn, also when one before it failed.
    failures = [listener for listener in listeners if not _hear(event_id, listener)]
    if not failures:
        with transaction():
            db.session.execute(sa.update(Event).where(Event.id == event_id).values(delivered_at=clock.now()))
    return not failures


def _hear(event_id: int, listener: Listener) -> bool:
    try:
        with transaction():
            event = db.session.get_one(Event, event_id, with_for_update=True, populate_existing=True)
            receipt = db.session.get(EventReceipt, (event_id, listener.name))
            if event.delivered_at or (receipt and (receipt.done_at or receipt.attempts >= ATTEMPTS)):
                return True
            receipt = receipt or EventReceipt(event_id=event_id, listener=listener.name, attempts=0)
            receipt.done_at = clock.now()
            db.session.add(receipt)
            listener.hear(event)
        return True
    except Exception as problem:
        log.exception("listener failed", extra={"listener": listener.name, "event_id": event_id})
        return _note_failure(event_id, listener, problem)


def _note_failure(event_id: int, listener: Listener, problem: Exception) -> bool:
    with transaction():
        receipt = db.session.get(EventReceipt, (event_id, listener.name))
        receipt = receipt or EventReceipt(event_id=event_id, listener=listener.name, attempts=0)
        receipt.attempts += 1
        receipt.error = f"{type(problem).__name__}"[:500]
        db.session.add(receipt)
        return receipt.attempts >= ATTEMPTS
