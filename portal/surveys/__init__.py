"""Surveys: questions made without code, sent by a signed link, whose answers reach record, board and workflow."""

from portal.surveys import answering, asking, results, timeline
from portal.surveys.asking import POST
from portal.surveys.models import SurveyLetter
from portal.surveys.step import Survey

__all__ = ["POST", "Survey", "SurveyLetter", "answering", "asking", "results", "timeline"]
