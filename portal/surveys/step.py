"""The workflow step that sends a survey and waits for the answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal import clock, schema
from portal.errors import Invalid
from portal.extensions import db
from portal.letters import OPEN
from portal.records import Record
from portal.rules import actions, calendars, spans, words
from portal.rules.actions import Action, Moment, StepFailed
from portal.rules.workflows import WorkflowStep
from portal.security import SYSTEM
from portal.surveys.asking import POST
from portal.surveys.models import ANSWERED, WAITS, SurveyLetter


class Survey(Action):
    """Send the letter; the run goes on with `then` once it is answered, with `else` when that was not in time."""

    key = "survey"
    label = _l("Survey")
    icon = "forms"

    def take(self, body: Any, step: WorkflowStep, moment: Moment) -> None:
        letter = db.session.get(SurveyLetter, step.result["letter"]) if step.state == "waiting" else None
        if letter is None:
            letter = _sent(body, moment)
            step.result, step.due_at = {"letter": letter.id}, _until(body, letter, moment)
        step.result = {"letter": letter.id, "state": letter.state}
        is_over = step.due_at is None or step.due_at <= clock.now()
        if letter.state in OPEN and not is_over:
            actions.hold(step, moment, (WAITS, letter.id), step.due_at)
        else:
            actions.let_go(moment)
            step.state = "running"
            step.result |= {"outcome": "then" if letter.state == ANSWERED else "else"}

    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        raise NotImplementedError  # a survey never acts at once

    def sentence(self, body: Any) -> str:
        noun = schema.current().surveys.get(body.survey)
        told = gettext("Send the survey “%(survey)s”", survey=noun.label if noun else body.survey)
        if not body.within:
            return told
        span = words.span_text(body.within)
        return gettext("%(what)s and wait for the answer, %(span)s at most", what=told, span=span)

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        if result.get("state") == ANSWERED:
            return gettext("Answered")
        return gettext("No answer in time") if "outcome" in result else gettext("Waits for the answer")


def _sent(body: Any, moment: Moment) -> SurveyLetter:
    """The letter that is on its way: a new one, or the one that the customer got a short while ago."""
    noun, record = schema.current().surveys.get(body.survey), moment.record
    if noun is None or not record[noun.to]:
        raise StepFailed("no_address")
    try:
        return POST.ask(noun, record, by=SYSTEM)
    except Invalid:
        mine = sa.select(SurveyLetter).where(SurveyLetter.entity == noun.on, SurveyLetter.record_id == record.id)
        last = mine.where(SurveyLetter.document == noun.key).order_by(SurveyLetter.id.desc()).limit(1)
        return db.session.scalars(last).one()


def _until(body: Any, letter: SurveyLetter, moment: Moment) -> datetime:
    """How long the run waits: as the step says, and no longer than the link works."""
    if not body.within:
        return letter.ends_at
    return min(letter.ends_at, spans.after(clock.now(), body.within, calendars.named(catalog=moment.catalog)))
