"""What is kept of a survey: the letter with its answers, and the marks apart, for means and shares."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, UtcDateTime
from portal.letters import Letter
from portal.vault import SealedJson

ANSWERED = "answered"
WAITS = "#survey"  # what a run of a workflow waits for


class SurveyLetter(Letter):
    """One link to the questions. `answers` is {question: {value, label, text}}, as they were asked and given."""

    __tablename__ = "survey_letter"
    __table_args__ = (
        sa.Index("ix_survey_letter_record", "entity", "record_id"),
        sa.Index("ix_survey_letter_document", "document", "state", "answered_at"),
    )
    answers: Mapped[dict[str, Any] | None] = mapped_column(SealedJson("survey"))


class SurveyScore(Model):
    """One mark that a customer gave."""

    __tablename__ = "survey_score"
    __table_args__ = (sa.Index("ix_survey_score_question", "survey", "question", "at"),)
    letter_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_letter.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    survey: Mapped[str] = mapped_column(sa.String(60))
    value: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
