"""Ask customers to confirm their own details, by a letter with a link."""

from collections.abc import Sequence
from typing import Any

from flask_babel import format_date, gettext

from portal import clock, mail, schema
from portal.confirmations.models import Confirmation
from portal.errors import Invalid
from portal.letters import Links, Post, write
from portal.records import Record
from portal.security import Actor


def document_of(entity_key: str) -> Any:
    """The document by which records of a kind are confirmed; None where there is none."""
    return next((noun for noun in schema.current().confirmations.values() if noun.on == entity_key), None)


def can_ask(record: Record) -> bool:
    """Whether the viewer may ask the customer of this record to confirm it."""
    noun = document_of(record.entity.key)
    return noun is not None and record.may("edit") and not record.is_archived and bool(record[noun.to])


def ask(record: Record, *, by: Actor) -> Confirmation:
    """Write a letter to the customer; raises Invalid where there is no address or one was asked lately."""
    if (noun := document_of(record.entity.key)) is None:
        raise Invalid({"to": gettext("The record has no e-mail address.")})
    return POST.ask(noun, record, by=by)


def ask_many(entity_key: str, ids: Sequence[int], *, by: Actor) -> tuple[int, int]:
    """Ask the customers of several records, so many a minute; return how many are asked and how many cannot be."""
    noun = document_of(entity_key)
    return POST.ask_many(noun, ids, by=by) if noun is not None else (0, len(ids))


def _letter(one: Confirmation) -> mail.Message:
    noun, day = schema.current().confirmations[one.document], format_date(clock.to_zone(one.ends_at), "yyyy-MM-dd")
    once = (
        f"链接有效期至 {day}，仅可使用一次，请勿转发。",
        f"The link works until {day}, for one answer; please do not pass it on.",
    )
    return write(one, noun.subject, noun.text, POST.links.address(one), once)


POST = Post(
    Confirmation,
    job="confirmations.send",
    deed="confirmation.asked",
    links=Links("c", "confirmations.link"),
    documents=lambda: schema.current().confirmations,
    written=_letter,
)
