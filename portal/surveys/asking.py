"""Send customers a survey, by a letter with a link."""

from typing import Any

from flask_babel import format_date

from portal import clock, mail, schema
from portal.letters import OPEN, Links, Post, write
from portal.records import Record
from portal.surveys.models import ANSWERED, SurveyLetter


def offered(record: Record) -> list[Any]:
    """The surveys that the viewer may send to the customer of this record."""
    if not record.may("edit") or record.is_archived:
        return []
    return [noun for noun in schema.current().surveys.values() if noun.on == record.entity.key and record[noun.to]]


def _letter(one: SurveyLetter) -> mail.Message:
    noun, day = schema.current().surveys[one.document], format_date(clock.to_zone(one.ends_at), "yyyy-MM-dd")
    once = (f"链接有效期至 {day}，仅可回答一次。", f"The link works until {day}, for one answer.")
    return write(one, noun.subject, noun.text, POST.links.address(one), once)


POST = Post(
    SurveyLetter,
    job="surveys.send",
    deed="survey.asked",
    links=Links("s", "surveys.link"),
    documents=lambda: schema.current().surveys,
    written=_letter,
    counts=(*OPEN, ANSWERED),
)
