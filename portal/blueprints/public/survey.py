"""The page behind the link of a survey: its questions, without signing in."""

from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from portal import schema, surveys
from portal.blueprints.public.blueprint import bp
from portal.blueprints.public.details import LIMIT, silent
from portal.errors import Invalid
from portal.extensions import db, limiter
from portal.schema import Questionnaire
from portal.security import policy

PREFIX = "q_"


def _form(questionnaire: Questionnaire) -> FlaskForm:
    made = {f"{PREFIX}{field.key}": field.type.form_field(field) for field in questionnaire.questions}
    return type("Questions", (FlaskForm,), made)()


@bp.get("/s/<token>")
@policy.public
@limiter.limit(LIMIT)
def survey(token: str) -> Response:
    """The questions; those of a branch come once they are asked."""
    one, noun, _record = surveys.POST.see(token)
    questionnaire = schema.current().questionnaires[noun.key]
    return _page(one, questionnaire, _form(questionnaire), {})


@bp.post("/s/<token>")
@policy.public
@limiter.limit(LIMIT)
def survey_answered(token: str) -> Response:
    """Take the answers, or draw the questions that are asked after them; what was chosen stays."""
    try:
        one, noun, _record = surveys.POST.opened(token)
        questionnaire = schema.current().questionnaires[noun.key]
        form = _form(questionnaire)
        form.validate()
        given = {field.key: form[f"{PREFIX}{field.key}"].data for field in questionnaire.questions}
        asked = {field.key for field in questionnaire.asked(given)}
        is_new = not asked <= set(request.form.get("_shown", "").split())
        if "_redraw" in request.form or is_new:  # what an answer brought up is asked before anything is taken
            for key in form.errors:
                form[key].errors = ()
            return _page(one, questionnaire, form, given, is_new="_redraw" not in request.form)
        if wrong := [form[name] for key in asked if (name := f"{PREFIX}{key}") in form.errors]:
            for entry in wrong:
                entry.errors = [_("Please answer this question.")] if entry.is_blank else entry.errors
            return _page(one, questionnaire, form, given, 422)
        surveys.answering.answer(token, given)
    except Invalid as refused:
        db.session.rollback()
        for key, problem in refused.problems.items():
            form[f"{PREFIX}{key}"].errors = [str(problem)]
        return _page(one, questionnaire, form, given, 422)
    return silent(render_template("public/survey_done.html", noun=noun))


def _page(
    one: surveys.SurveyLetter,
    questionnaire: Questionnaire,
    form: FlaskForm,
    given: dict[str, Any],
    status: int = 200,
    *,
    is_new: bool = False,
) -> Response:
    asked = questionnaire.asked(given)
    watched = {cause for field in questionnaire.questions for cause in field.causes}
    page = render_template(
        "public/survey.html",
        one=one,
        noun=questionnaire.noun,
        asked=asked,
        form=form,
        prefix=PREFIX,
        watched=watched,
        is_new=is_new,
    )
    return silent(page, status)
