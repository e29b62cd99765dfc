"""Surveys on the timeline of a record: asked, and answered."""

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal import schema
from portal.records import Record, timeline, told
from portal.security import Actor
from portal.surveys.models import ANSWERED, SurveyLetter

KIND = "survey"


def rows(record: told.About, person: Actor) -> sa.Select[Any] | None:
    """The letters of a record, at the time of the answer where there is one."""
    if not any(noun.on == record.entity.key for noun in schema.current().surveys.values()):
        return None
    at = sa.func.coalesce(SurveyLetter.answered_at, SurveyLetter.at)
    own = told.columns(KIND, SurveyLetter.id, at, word=SurveyLetter.document, after=SurveyLetter.state)
    return sa.select(*own).where(SurveyLetter.entity == record.entity.key, SurveyLetter.record_id == record.id)


def item(row: Any, record: Record, person: Actor) -> timeline.Item:
    """One letter: answered, or only sent."""
    noun = schema.current().surveys.get(row.word)
    name, is_answered = str(noun.label) if noun else row.word, row.after == ANSWERED
    text = gettext("Survey answered") if is_answered else gettext("Survey sent")
    link = f"/surveys/answers/{row.id}" if is_answered else ""
    return timeline.Item(told.moment(row), KIND, row.id, name, text, "forms", link=link)


SOURCE = told.Source(KIND, rows, item)
