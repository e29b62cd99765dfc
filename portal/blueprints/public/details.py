"""The page behind the link of a confirmation: a customer's own details, without signing in."""

from typing import Any

from flask import Response, make_response, render_template
from flask_wtf import FlaskForm

from portal import confirmations
from portal.blueprints.public.blueprint import bp
from portal.errors import Invalid
from portal.extensions import db, limiter
from portal.fields import Field
from portal.letters import Closed
from portal.security import policy

LIMIT = "20 per minute; 200 per hour"
SILENT = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}


def _form(fields: list[Field], record: Any) -> FlaskForm:
    """A form of the asked fields, filled with what is on record."""
    made = {f"field_{field.key}": field.type.form_field(field) for field in fields}
    open_ = [field for field in fields if not confirmations.answering.is_veiled(field)]
    return type("Details", (FlaskForm,), made)(data={f"field_{field.key}": record[field.key] for field in open_})


@bp.get("/c/<token>")
@policy.public
@limiter.limit(LIMIT)
def details(token: str) -> Response:
    """The details with "all right" and inputs."""
    one, noun, record = confirmations.POST.see(token)
    fields = confirmations.answering.asked(noun, record)
    return _page(one, noun, record, fields, _form(fields, record))


@bp.post("/c/<token>")
@policy.public
@limiter.limit(LIMIT)
def answered(token: str) -> Response:
    """Take the answer; what was typed stays when something is wrong."""
    try:
        one, noun, record = confirmations.POST.opened(token)
        fields = confirmations.answering.asked(noun, record)
        form = _form(fields, record)
        if not form.validate_on_submit():
            return _page(one, noun, record, fields, form, 422)
        given = {field.key: form[f"field_{field.key}"].data for field in fields}
        veiled = {field.key for field in fields if confirmations.answering.is_veiled(field)}
        given = {key: value for key, value in given.items() if value is not None or key not in veiled}
        state = confirmations.answering.answer(token, given)
    except Invalid as refused:
        db.session.rollback()
        for key, problem in refused.problems.items():
            if f"field_{key}" in form:
                form[f"field_{key}"].errors = [str(problem)]
        return _page(one, noun, record, fields, form, 422)
    return silent(render_template("public/details_done.html", state=state))


def _page(
    one: confirmations.Confirmation, noun: Any, record: Any, fields: list[Field], form: FlaskForm, status: int = 200
) -> Response:
    shown = [record.entity.fields[key] for key in noun.shows if key in record.entity.fields]
    page = render_template(
        "public/details.html",
        one=one,
        noun=noun,
        record=record,
        shown=shown,
        fields=fields,
        form=form,
        prefix="field_",
        ways=confirmations.answering,
    )
    return silent(page, status)


@bp.errorhandler(Closed)
def closed(why: Closed) -> Response:
    """A kind page for a link that is used, over, withdrawn or not ours; the last tells nothing of itself."""
    db.session.rollback()
    return silent(render_template("public/details_closed.html", reason=why.reason), why.status)


def silent(page: str, status: int = 200) -> Response:
    answer = make_response(page, status)
    answer.headers.update(SILENT)
    return answer
