"""Told in the transaction, heard with it or after it, each listener once per event."""

from collections.abc import Iterator

import pytest

from portal import Portal, audit, events, jobs
from portal.audit import AuditLine
from portal.events import Event, listeners
from portal.events.model import EventReceipt
from portal.extensions import db, transaction
from portal.jobs import Job

heard: list[tuple[str, int]] = []
broken: set[str] = set()


def hear(name: str, event: Event) -> None:
    if name in broken:
        raise ZeroDivisionError
    heard.append((name, event.id))
    audit.record(f"heard.{name}", by=None, entity="event", record_id=event.id)


def near(event: Event) -> None:
    hear("near", event)


def far(event: Event) -> None:
    hear("far", event)


def wide(event: Event) -> None:
    hear("wide", event)


@pytest.fixture(autouse=True)
def only_ours(app: Portal) -> Iterator[None]:
    kept = dict(listeners._listeners)
    listeners._listeners.clear()
    heard.clear()
    broken.clear()
    events.on("test.happened", near)
    events.on("test.happened", far, when="after")
    events.on("test.*", wide, when="after")
    yield
    listeners._listeners.clear()
    listeners._listeners.update(kept)


def tell(kind: str = "test.happened", times: int = 1) -> list[int]:
    with transaction():
        return [
            events.tell(kind, entity="customer", record_id=number, data={"n": number}).id for number in range(times)
        ]


def deliver() -> str:
    db.session.rollback()
    job = db.session.scalars(db.select(Job).where(Job.state == "queued").order_by(Job.id)).one()
    return jobs.run_now(job.id).state


def names() -> list[str]:
    return sorted(name for name, _ in heard)


def test_with_and_after() -> None:
    (event_id,) = tell()
    assert names() == ["near"]
    assert events.undelivered() == 1
    assert deliver() == "done"
    assert names() == ["far", "near", "wide"]
    assert events.undelivered() == 0
    receipts = db.session.query(EventReceipt).filter_by(event_id=event_id).all()
    assert len(receipts) == 2 and all(receipt.done_at for receipt in receipts)


def test_what_a_near_listener_raises_undoes_the_change() -> None:
    broken.add("near")
    with pytest.raises(ZeroDivisionError):
        tell()
    assert db.session.query(Event).count() == db.session.query(Job).count() == 0


def test_many_events_ask_for_one_delivery() -> None:
    tell(times=5)
    tell(times=5)
    assert db.session.query(Job).count() == 1
    assert deliver() == "done"
    assert len(heard) == 30
    assert heard[10][1] < heard[-1][1]


def test_nobody_listens_later() -> None:
    listeners._listeners.clear()
    tell()
    assert events.undelivered() == 0
    assert db.session.query(Job).count() == 0


def test_a_retry_repeats_no_listener_that_succeeded() -> None:
    broken.add("far")
    tell()
    assert deliver() == "queued"
    assert names() == ["near", "wide"]
    broken.clear()
    db.session.execute(db.update(Job).values(not_before=None))
    db.session.commit()
    assert deliver() == "done"
    assert names() == ["far", "near", "wide"]
    assert db.session.query(AuditLine).filter_by(action="heard.wide").count() == 1


def test_a_listener_that_always_fails_is_left_out_after_three() -> None:
    broken.add("far")
    tell()
    for _ in range(2):
        assert deliver() == "queued"
        db.session.execute(db.update(Job).values(not_before=None))
        db.session.commit()
    assert deliver() == "done"
    assert events.undelivered() == 0
    receipt = db.session.query(EventReceipt).filter(EventReceipt.done_at.is_(None)).one()
    assert (receipt.attempts, receipt.error) == (3, "ZeroDivisionError")


def test_a_rolled_back_event_is_never_heard_later() -> None:
    with pytest.raises(RuntimeError), transaction():
        events.tell("test.happened")
        raise RuntimeError
    assert events.undelivered() == 0


def test_what_was_missed_is_found_by_the_sweeper() -> None:
    from portal import wiring

    tell()
    db.session.execute(db.delete(Job))
    db.session.commit()
    wiring._sweep_events()
    assert deliver() == "done"
    assert events.undelivered() == 0
