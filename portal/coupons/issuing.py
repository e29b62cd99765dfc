"""Issue a code to a record within the limits of its document, and mail it where the document has a message."""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal import audit, clock, events, jobs, schema
from portal.coupons import codes
from portal.coupons.models import ISSUED, WITHDRAWN, Coupon
from portal.errors import Conflict
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.records import Record, constraints, fetch
from portal.rules import message_actions
from portal.security import SYSTEM, Actor

JOB = "coupons.mail"
GONE, ENOUGH, OUT = "gone", "enough", "out"


class NotIssued(Conflict):
    """There is no code for this record: the document is `gone`, the record has `enough`, or the batch is `out`."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


def documents_for(entity_key: str) -> list[Any]:
    """The documents whose coupons records of a kind may get."""
    return [noun for noun in schema.current().coupons.values() if noun.on == entity_key]


def issue(document: str, record: Record, *, by: Actor, step: tuple[int, str] | None = None) -> Coupon:
    """Write a new code for the record and hand it to the mail queue; raises NotIssued.

    `step` names a run and the path of its step: what was issued there before is returned, and nothing is done.
    """
    noun: Any = schema.current().coupons.get(document)
    if noun is None or noun.on != record.entity.key:
        raise NotIssued(GONE)
    with transaction():
        if step and (earlier := _of_step(*step, document)):
            return earlier
        _check_limits(noun, record)
        run_id, path = step or (None, None)
        one = Coupon(
            code=codes.new(),
            prefix=noun.prefix or "",
            document=noun.key,
            entity=record.entity.key,
            record_id=record.values["id"],
            worth=noun.worth.model_dump(),
            by_id=by.id,
            ends_at=end_of(clock.today(), noun.valid),
            run_id=run_id,
            path=path,
        )
        db.session.add(one)
        db.session.flush()
        account("coupon.issued", one, by)
        if mails(noun, record):
            jobs.enqueue(JOB, {"coupon": one.id})
        return one


def mails(noun: Any, record: Record) -> bool:
    """Whether a code for the record is mailed: the document has a message and the record an address."""
    return bool(noun.message and noun.to in record.entity.fields and record[noun.to])


def account(deed: str, one: Coupon, by: Actor, **more: Any) -> None:
    """Write what became of a coupon into the audit log, and tell it; the code itself stays out of both."""
    told = {"coupon": one.id, "document": one.document, **more}
    about: dict[str, Any] = {"entity": one.entity, "record_id": one.record_id}
    audit.record(deed, by=by, data=told, **about)
    events.tell(deed, by=by, data=told, release=schema.current().release, **about)


def _of_step(run_id: int, path: str, document: str) -> Coupon | None:
    mine = sa.and_(Coupon.run_id == run_id, Coupon.path == path, Coupon.document == document)
    return db.session.scalar(sa.select(Coupon).where(mine))


def end_of(issued_on: date, valid: timedelta) -> datetime:
    """The end of the last day, in the portal's zone: people are told a day."""
    return datetime.combine(issued_on + valid + timedelta(days=1), datetime.min.time(), clock.zone())


def _check_limits(noun: Any, record: Record) -> None:
    """Raise NotIssued where the batch or the record has all it may have; of two at a time the second waits here."""
    if noun.in_all is None and noun.per_record is None:
        return
    constraints.lock(f"coupon {noun.key}")
    held = sa.select(sa.func.count()).where(Coupon.document == noun.key, Coupon.state != WITHDRAWN)
    mine = held.where(Coupon.entity == record.entity.key, Coupon.record_id == record.values["id"])
    if noun.per_record is not None and (db.session.scalar(mine) or 0) >= noun.per_record:
        raise NotIssued(ENOUGH)
    if noun.in_all is not None and (db.session.scalar(held) or 0) >= noun.in_all:
        raise NotIssued(OUT)


def send(work: Work) -> str:
    """Mail one code: a job that is never repeated by itself, for the mail may have gone out."""
    one = db.session.get_one(Coupon, work.arguments["coupon"])
    noun: Any = schema.current().coupons.get(one.document)
    message = schema.current().messages.get(noun.message) if noun is not None and noun.message else None
    if message is None or one.standing != ISSUED:
        return "dropped"
    record = fetch(one.entity, one.record_id, SYSTEM)
    told = {"coupon": one.written, "coupon_until": one.last_day.isoformat()}
    work.advance(0, 1)
    message_actions.mail_to(record[noun.to], message, record, told)
    with transaction():
        one.mailed_at = clock.now()
    return "sent"
