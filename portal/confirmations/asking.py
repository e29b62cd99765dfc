"""Ask customers: a row for each letter, written with the asking, sent by a job that sends each once."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import format_date, gettext

from portal import audit, clock, jobs, mail, schema
from portal.confirmations import links
from portal.confirmations.models import OPEN, QUEUED, REPLACED, SENDING, SENT, UNCERTAIN, Confirmation
from portal.errors import Invalid, PortalError
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.records import Record, fetch
from portal.security import Actor

JOB = "confirmations.send"
MOST = 500  # letters of one asking
A_MINUTE = 60  # letters


def document_of(entity_key: str) -> Any:
    """The document by which records of a kind are confirmed; None where there is none."""
    return next((noun for noun in schema.current().confirmations.values() if noun.on == entity_key), None)


def can_ask(record: Record) -> bool:
    """Whether the viewer may ask the customer of this record to confirm it."""
    noun = document_of(record.entity.key)
    return noun is not None and record.may("edit") and not record.is_archived and bool(record[noun.to])


def ask(record: Record, *, by: Actor, not_before: Any = None) -> Confirmation:
    """Write a letter to the customer; raises Invalid where there is no address or one was asked lately."""
    noun = document_of(record.entity.key)
    if noun is None or not record[noun.to]:
        raise Invalid({"to": gettext("The record has no e-mail address.")})
    mine = sa.select(Confirmation).where(Confirmation.entity == record.entity.key, Confirmation.record_id == record.id)
    with transaction():
        earlier = db.session.scalars(mine.where(Confirmation.state.in_(OPEN)).with_for_update()).all()
        if any(one.at > clock.now() - noun.again_after for one in earlier):
            raise Invalid({"to": gettext("The customer was asked a short while ago; the link still works.")})
        for one in earlier:
            one.state = REPLACED
        one = Confirmation(
            document=noun.key,
            entity=record.entity.key,
            record_id=record.id,
            address=str(record[noun.to]),
            nonce=secrets.token_urlsafe(16),
            by_id=by.id,
            ends_at=clock.now() + noun.expires,
        )
        db.session.add(one)
        db.session.flush()
        audit.record("confirmation.asked", by=by, entity=one.entity, record_id=one.record_id)
        jobs.enqueue(JOB, {"confirmation": one.id}, not_before=not_before)
    return one


def ask_many(entity_key: str, ids: Sequence[int], *, by: Actor) -> tuple[int, int]:
    """Ask the customers of several records, so many a minute; return how many are asked and how many cannot be."""
    asked = refused = 0
    for id_ in ids[:MOST]:
        try:
            record = fetch(entity_key, id_, by, "edit")
            later = clock.now() + timedelta(minutes=asked // A_MINUTE) if asked >= A_MINUTE else None
            ask(record, by=by, not_before=later)
            asked += 1
        except PortalError:
            refused += 1
    return asked, refused + max(0, len(ids) - MOST)


def send(work: Work) -> str:
    """Send one letter, as a job: what may have been sent is never sent again by itself."""
    with transaction():
        one = db.session.get_one(Confirmation, work.arguments["confirmation"], with_for_update=True)
        if one.state == SENDING:  # an earlier attempt stopped in the middle: the server may have the letter
            one.state = UNCERTAIN
        if one.state != QUEUED:
            return one.state
        letter = _letter(one)
        one.state = SENDING
    tried = mail.attempt(letter)
    state = QUEUED if tried.state == "later" else tried.state
    with transaction():
        one = db.session.get_one(Confirmation, work.arguments["confirmation"])
        if one.state == SENDING:
            one.state, one.sent_at = state, clock.now() if state == SENT else None
    tried.raise_later()
    return state


def _letter(one: Confirmation) -> mail.Message:
    """Both languages, for nobody knows which the customer reads; nothing of the record stands in it."""
    noun = schema.current().confirmations[one.document]
    parts = list(_parts(noun.text, links.address(one), str(format_date(clock.to_zone(one.ends_at), "yyyy-MM-dd"))))
    return mail.Message(
        to=one.address,
        subject=f"{noun.subject.zh} / {noun.subject.en}" if noun.subject.zh != noun.subject.en else noun.subject.zh,
        text="\n\n".join(parts),
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )


def _parts(text: Any, link: str, day: str) -> Iterator[str]:
    yield text.zh
    yield link
    yield f"链接有效期至 {day}，仅可使用一次，请勿转发。"
    if text.en != text.zh:
        yield f"{text.en}\n\n{link}\n\nThe link works until {day}, for one answer; please do not pass it on."


def of_record(record: Record) -> Confirmation | None:
    """The newest letter about a record."""
    mine = sa.and_(Confirmation.entity == record.entity.key, Confirmation.record_id == record.id)
    return db.session.scalars(sa.select(Confirmation).where(mine).order_by(Confirmation.id.desc()).limit(1)).first()
