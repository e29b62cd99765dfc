"""Writing to customers: a row for each letter, written with the asking, sent by a job that sends each once."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask_babel import gettext

from portal import audit, clock, jobs, mail
from portal.duplicates import merging
from portal.errors import Invalid, NotFound, PortalError
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.letters.letter import OPEN, QUEUED, REPLACED, SENDING, SENT, UNCERTAIN, Letter
from portal.letters.links import Closed, Links
from portal.records import Record, fetch
from portal.security import SYSTEM, Actor

MOST = 500  # letters of one asking
A_MINUTE = 60  # letters
L = TypeVar("L", bound=Letter)


@dataclass(frozen=True)
class Post(Generic[L]):
    """One kind of letters. `documents` are those of the release in force; each has `key`, `on`, `to`, `expires` and
    `again_after`. `written` makes the mail. `deed` is what the audit log calls the asking. Nobody is asked again within
    `again_after` of a letter in one of the states `counts`.
    """

    model: type[L]
    job: str
    deed: str
    links: Links
    documents: Callable[[], Mapping[str, Any]]
    written: Callable[[L], mail.Message]
    counts: tuple[str, ...] = OPEN

    def ask(self, noun: Any, record: Record, *, by: Actor, not_before: Any = None) -> L:
        """Write a letter to the customer; raises Invalid where there is no address or one was asked lately."""
        if not record[noun.to]:
            raise Invalid({"to": gettext("The record has no e-mail address.")})
        about = (self.model.entity == record.entity.key, self.model.record_id == record.id)
        mine = sa.select(self.model).where(*about, self.model.document == noun.key, self.model.state.in_(self.counts))
        with transaction():
            # Of two that ask at once the second finds the letter of the first.
            merging.hold(record.entity.key, record.values["id"])
            earlier = db.session.scalars(mine).all()
            lately = [one for one in earlier if one.at > clock.now() - noun.again_after]
            if any(one.state in OPEN for one in lately):
                raise Invalid({"to": gettext("The customer was asked a short while ago; the link still works.")})
            if lately:
                raise Invalid({"to": gettext("The customer has answered lately; ask again another time.")})
            for one in earlier:
                one.state = REPLACED if one.state in OPEN else one.state
            one = self.model(
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
            audit.record(self.deed, by=by, entity=one.entity, record_id=one.record_id)
            jobs.enqueue(self.job, {"letter": one.id}, not_before=not_before)
        return one

    def ask_many(self, noun: Any, ids: Sequence[int], *, by: Actor) -> tuple[int, int]:
        """Ask the customers of several records, so many a minute; return how many are asked and how many cannot be."""
        asked = refused = 0
        for id_ in ids[:MOST]:
            try:
                record = fetch(noun.on, id_, by, "edit")
                later = clock.now() + timedelta(minutes=asked // A_MINUTE) if asked >= A_MINUTE else None
                self.ask(noun, record, by=by, not_before=later)
                asked += 1
            except PortalError:
                refused += 1
        return asked, refused + max(0, len(ids) - MOST)

    def send(self, work: Work) -> str:
        """Send one letter, as a job: what may have been sent is never sent again by itself."""
        with transaction():
            one = db.session.get_one(self.model, work.arguments["letter"], with_for_update=True)
            if one.state == SENDING:  # an earlier attempt stopped in the middle: the server may have the letter
                one.state = UNCERTAIN
            if one.state != QUEUED:
                return one.state
            letter = self.written(one)
            one.state = SENDING
        tried = mail.attempt(letter)
        state = QUEUED if tried.state == "later" else tried.state
        with transaction():
            one = db.session.get_one(self.model, work.arguments["letter"])
            if one.state == SENDING:
                one.state, one.sent_at = state, clock.now() if state == SENT else None
        tried.raise_later()
        return state

    def opened(self, token: str, *, lock: bool = False) -> tuple[L, Any, Record]:
        """The letter behind a link, its document and record; raises Closed."""
        id_, nonce = self.links.read(token)
        one = db.session.get(self.model, id_, with_for_update=lock or None, populate_existing=lock)
        if one is None or one.nonce != nonce:
            raise Closed
        noun = self.documents().get(one.document)
        if one.state not in OPEN:
            raise Closed("withdrawn" if one.state == REPLACED else "used")
        if one.ends_at <= clock.now():
            raise Closed("ended")
        if noun is None:
            raise Closed("withdrawn")
        try:
            record = fetch(one.entity, one.record_id, SYSTEM)
        except NotFound:
            raise Closed("withdrawn") from None
        # Whoever reads the mail of an address that is no longer the customer's has no business here.
        if record.is_archived or str(record[noun.to] or "").casefold() != one.address.casefold():
            raise Closed("withdrawn")
        return one, noun, record

    def see(self, token: str) -> tuple[L, Any, Record]:
        """What the page of a link shows; that it was opened is kept. Raises Closed."""
        one, noun, record = self.opened(token)
        if one.opened_at is None:
            with transaction():
                one.opened_at = clock.now()
        return one, noun, record

    def of_record(self, record: Record) -> L | None:
        """The newest letter about a record."""
        mine = sa.select(self.model).where(self.model.entity == record.entity.key, self.model.record_id == record.id)
        return db.session.scalars(mine.order_by(self.model.id.desc()).limit(1)).first()


def write(one: Letter, subject: Any, text: Any, link: str, once: tuple[str, str]) -> mail.Message:
    """A mail in both languages, for nobody knows which the customer reads; nothing of the record stands in it."""
    parts = [text.zh, link, once[0]]
    if text.en != text.zh:
        parts.append(f"{text.en}\n\n{link}\n\n{once[1]}")
    return mail.Message(
        to=one.address,
        subject=f"{subject.zh} / {subject.en}" if subject.zh != subject.en else subject.zh,
        text="\n\n".join(parts),
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
