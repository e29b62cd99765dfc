"""A customer's answers: kept as they were given, their marks counted, and brought into the record."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flask_babel import force_locale, gettext

from portal import audit, clock, events, mail, schema
from portal.errors import Conflict, Invalid
from portal.extensions import db, transaction
from portal.fields import Field
from portal.records import Record, fetch, save
from portal.records import links as names
from portal.rules import addressees
from portal.rules.workflows import engine
from portal.schema import Questionnaire
from portal.security import SYSTEM
from portal.surveys.asking import POST
from portal.surveys.models import ANSWERED, WAITS, SurveyLetter, SurveyScore
from portal.translations import LOCALES

TRIES = 3  # to bring answers into a record that somebody saves at the same time


def source() -> str:
    """What histories call the customer who answers."""
    return gettext("customer by survey")


def answer(token: str, given: Mapping[str, Any]) -> SurveyLetter:
    """Keep the answers; those to questions of a branch not taken are dropped. Of two answers the second finds the
    link closed. Raises Closed, and Invalid by question.
    """
    with transaction():
        one, noun, record = POST.opened(token, lock=True)
        questionnaire = schema.current().questionnaires[noun.key]
        answers = _checked(questionnaire, given)
        keep(one, questionnaire, answers, clock.now())
        engine.wake(WAITS, one.id)  # before the record: the engine too holds a run first, and then what it is about
        refused = _bring(one, questionnaire, answers)
        told = {"survey": one.document, "letter": one.id, "refused": refused}
        audit.record("survey.answered", by=SYSTEM, entity=one.entity, record_id=one.record_id, data=told)
        events.tell("survey.answered", entity=one.entity, record_id=one.record_id, data=told, by=SYSTEM)
        _tell(one, noun, record)
        db.session.flush()
    return one


def keep(one: SurveyLetter, questionnaire: Questionnaire, answers: Mapping[str, Any], at: datetime) -> None:
    """Write the answers to their letter, and the marks apart."""
    one.state, one.answered_at = ANSWERED, at
    one.answers = {field.key: _kept(field, answers[field.key]) for field in questionnaire.questions_of(answers)}
    db.session.add_all(_scores(one, questionnaire, answers))


def _checked(questionnaire: Questionnaire, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to the questions that are asked after these; raises Invalid where one is missing."""
    if missing := questionnaire.missing(given):
        raise Invalid({field.key: gettext("Please answer this question.") for field in missing})
    return {field.key: given.get(field.key) for field in questionnaire.asked(given)}


def _kept(field: Field, value: Any) -> dict[str, Any]:
    """An answer as it will be read when the survey has long been another."""
    text = {}
    for language, locale in LOCALES.items():
        with force_locale(locale):
            text[language] = field.type.text(value)
    return {"value": field.type.dump(value), "label": field.label.model_dump(), "text": text}


def _scores(one: SurveyLetter, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> Iterator[SurveyScore]:
    for field in questionnaire.questions_of(answers):
        if field.type.marks():
            yield SurveyScore(
                letter_id=one.id, survey=one.document, question=field.key, value=answers[field.key], at=one.answered_at
            )


def _bring(one: SurveyLetter, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> list[str]:
    """Bring answers and tags into the record; return the fields that refuse theirs, whose answers are kept anyway."""
    refused: list[str] = []
    for _try in range(TRIES):
        record = fetch(one.entity, one.record_id, SYSTEM)
        values = {key: value for key, value in _values(questionnaire, answers, record) if key not in refused}
        if not values:
            return refused
        try:
            with db.session.begin_nested(), audit.told_by(source()):
                save(record, values, by=SYSTEM)
            return refused
        except Conflict:
            continue
        except Invalid as error:
            refused += sorted({*error.problems} & {*values}) or sorted(values)
    return refused


def _values(questionnaire: Questionnaire, answers: Mapping[str, Any], record: Record) -> Iterator[tuple[str, Any]]:
    for field in questionnaire.questions_of(answers):
        into = questionnaire.noun.questions[field.key].into
        if into is not None and into in record.entity.fields:
            yield into, answers[field.key]
    tags: dict[str, dict[str, None]] = {}
    for mark in questionnaire.marks:
        if mark.field in record.entity.fields and mark.when.matches(answers, clock.now()):
            held = tags.setdefault(mark.field, dict.fromkeys(record[mark.field] or ()))
            held.update(dict.fromkeys(mark.add))
            for tag in mark.remove:
                held.pop(tag, None)
    for key, held in tags.items():
        yield key, tuple(held)


def _tell(one: SurveyLetter, noun: Any, record: Record) -> None:
    """Tell the owner that there is an answer."""
    for person in addressees.people_for("owner", record):
        with force_locale(LOCALES[person.locale]):
            about = (one.entity, one.record_id)
            name = names.called([about], person).get(about, f"#{one.record_id}")
            text = gettext("%(name)s has answered “%(survey)s”", name=name, survey=noun.label)
        mail.notify(person.id, text, f"/surveys/answers/{one.id}")
