"""What surveys bring: letters and answers within reach, the mean of each mark, and how many would recommend."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from portal import schema
from portal.errors import NotFound, PortalError
from portal.extensions import db
from portal.fields import Field
from portal.records import Record, fetch, fetch_many, reach, reading, tables
from portal.schema import Questionnaire
from portal.security import Actor, policy
from portal.surveys.models import ANSWERED, SurveyLetter, SurveyScore

PAGE = 20
PROMOTERS, PASSIVES = 9, 7  # of 0 to 10; Reichheld, "The One Number You Need to Grow", Harvard Business Review 12/2003
RECOMMENDS = (0, 10)


@dataclass(frozen=True)
class Scale:
    """How a question with marks was answered: how many gave which mark."""

    field: Field
    counts: dict[int, int]

    @property
    def total(self) -> int:
        """The answers."""
        return sum(self.counts.values())

    @property
    def mean(self) -> float | None:
        """The mean mark."""
        return sum(mark * number for mark, number in self.counts.items()) / self.total if self.total else None

    @property
    def nps(self) -> int | None:
        """Promoters less detractors in per cent of all, -100 to 100; None of other scales than 0 to 10."""
        marks = self.field.type.marks()
        if not self.total or (marks[0], marks[-1]) != RECOMMENDS:
            return None
        for_, against = (
            sum(number for mark, number in self.counts.items() if (mark >= PROMOTERS if is_for else mark < PASSIVES))
            for is_for in (True, False)
        )
        return round(100 * (for_ - against) / self.total)

    def bars(self) -> Iterator[tuple[int, int, int]]:
        """Mark, number of answers, and per cent of the most frequent one."""
        most = max(self.counts.values(), default=0)
        for mark in self.field.type.marks():
            number = self.counts.get(mark, 0)
            yield mark, number, round(100 * number / most) if most else 0


@dataclass(frozen=True)
class Results:
    """A survey in numbers, over the records the viewer may see."""

    questionnaire: Questionnaire
    asked: int
    answered: int
    scales: list[Scale] = field(default_factory=list)

    @property
    def rate(self) -> int | None:
        """Answers in per cent of letters."""
        return round(100 * self.answered / self.asked) if self.asked else None


def surveys(person: Actor) -> list[Questionnaire]:
    """The surveys on records of a kind that the person may see."""
    found = schema.current().questionnaires.values()
    return [one for one in found if policy.can(person, "view", one.noun.on)]


def of(questionnaire: Questionnaire, person: Actor) -> Results:
    """Count letters and marks."""
    noun = questionnaire.noun
    mine = sa.and_(SurveyLetter.document == noun.key, SurveyLetter.record_id.in_(_seen(noun.on, person)))
    by_state = sa.select(SurveyLetter.state, sa.func.count()).where(mine).group_by(SurveyLetter.state)
    states: dict[str, int] = dict(db.session.execute(by_state).all())
    letters = sa.select(SurveyLetter.id).where(mine, SurveyLetter.state == ANSWERED)
    given = sa.select(SurveyScore.question, SurveyScore.value, sa.func.count()).where(
        SurveyScore.survey == noun.key, SurveyScore.letter_id.in_(letters)
    )
    counts: dict[str, dict[int, int]] = {}
    for question, value, number in db.session.execute(given.group_by(SurveyScore.question, SurveyScore.value)):
        counts.setdefault(question, {})[value] = number
    shown = [one for one in _open(questionnaire, person) if one.type.marks()]
    scales = [Scale(one, counts.get(one.key, {})) for one in shown]
    return Results(questionnaire, sum(states.values()), states.get(ANSWERED, 0), scales)


def answers(
    questionnaire: Questionnaire, person: Actor, *, before: int | None = None
) -> tuple[list[tuple[SurveyLetter, Record]], int | None]:
    """The answered letters, the last answered first, each with its record; and behind which the next page begins."""
    noun = questionnaire.noun
    mine = [SurveyLetter.document == noun.key, SurveyLetter.record_id.in_(_seen(noun.on, person))]
    at, id_ = SurveyLetter.answered_at, SurveyLetter.id
    if before is not None and (last := db.session.get(SurveyLetter, before)) is not None:
        mine.append(sa.or_(at < last.answered_at, sa.and_(at == last.answered_at, id_ < last.id)))
    found = sa.select(SurveyLetter).where(*mine, SurveyLetter.state == ANSWERED).order_by(at.desc(), id_.desc())
    rows = list(db.session.scalars(found.limit(PAGE + 1)))
    known = fetch_many(noun.on, [one.record_id for one in rows], person)
    shown = [(one, known[one.record_id]) for one in rows[:PAGE] if one.record_id in known]
    return shown, rows[PAGE - 1].id if len(rows) > PAGE else None


def answer(id_: int, person: Actor) -> tuple[SurveyLetter, Record]:
    """One answered letter about a record the person may see; raises NotFound."""
    one = db.session.get(SurveyLetter, id_)
    if one is None or one.state != ANSWERED:
        raise NotFound
    try:
        return one, fetch(one.entity, one.record_id, person)
    except PortalError as error:
        raise NotFound from error


def lines(one: SurveyLetter, record: Record, language: str) -> list[tuple[str, str]]:
    """The questions as they were asked, and the answers, without those the viewer may not read in the record."""
    questionnaire = schema.current().questionnaires.get(one.document)
    hidden = _hidden(questionnaire, record.person) if questionnaire else set()
    kept = {key: said for key, said in (one.answers or {}).items() if key not in hidden}
    return [(said["label"].get(language) or said["label"]["zh"], said["text"][language]) for said in kept.values()]


def _seen(entity_key: str, person: Actor) -> sa.Select[Any]:
    table, entity = tables.table_of(entity_key), tables.entity_of(entity_key)
    return sa.select(table.c.id).where(reach.rows(person, "view", entity))


def _open(questionnaire: Questionnaire, person: Actor) -> list[Field]:
    hidden = _hidden(questionnaire, person)
    return [one for one in questionnaire.questions if one.key not in hidden]


def _hidden(questionnaire: Questionnaire, person: Actor) -> set[str]:
    """The questions whose answers stand in a field that the person may not read."""
    fields = schema.current().entities[questionnaire.noun.on].fields
    asked = questionnaire.noun.questions.items()
    return {key for key, one in asked if one.into and not reading.may_read(person, fields.get(one.into))}
