"""The web form for requests, and what guests see after sending one."""

from hashlib import sha256

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, Signer
from werkzeug.wrappers import Response
from wtforms import EmailField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import Email, InputRequired, Length, Optional

from portal import desk, schema
from portal.blueprints.public.blueprint import bp
from portal.errors import Invalid
from portal.extensions import limiter
from portal.security import policy


class RequestForm(FlaskForm):  # type: ignore[misc]
    """What a guest asks; `website` is a trap that people do not see and robots fill in."""

    name = StringField(_l("Your name"), [InputRequired(_l("Enter your name.")), Length(max=120)])
    email = EmailField(
        _l("E-mail"),
        [
            InputRequired(_l("Enter an e-mail address.")),
            Email(_l("Enter an e-mail address."), check_deliverability=False),
            Length(max=254),
        ],
        description=_l("The answer goes here."),
    )
    phone = TelField(_l("Phone"), [Optional(), Length(max=40)])
    type = SelectField(_l("What is it?"))
    subject = StringField(_l("Subject"), [InputRequired(_l("Enter a subject.")), Length(max=200)])
    body = TextAreaField(_l("Describe it"), [InputRequired(_l("Describe the request.")), Length(max=20_000)])
    website = StringField(validators=[Length(max=0)])

    def fill_choices(self) -> "RequestForm":
        """Offer the kinds of request the schema knows."""
        kinds = schema.current().entities["ticket"].fields["type"].type.choices() or ()
        self.type.choices = [(key, str(label)) for key, label in kinds]
        return self


@bp.get("/public/ticket")
@policy.public
def ask() -> str:
    """The empty form."""
    return render_template("public/ticket.html", form=RequestForm(formdata=None).fill_choices(), problems={})


@bp.post("/public/ticket")
@policy.public
@limiter.limit("10 per minute; 60 per hour")
def asked() -> Response | tuple[str, int]:
    """Make a ticket; what was typed stays when something is wrong."""
    form = RequestForm().fill_choices()
    if not form.validate_on_submit():
        return render_template("public/ticket.html", form=form, problems={}), 422
    wish = desk.intake.Request(
        subject=form.subject.data,
        body=form.body.data,
        name=form.name.data,
        email=form.email.data,
        phone=form.phone.data or None,
        type=form.type.data,
    )
    try:
        ticket = desk.intake.open_ticket(wish)
    except Invalid as refused:
        return render_template("public/ticket.html", form=form, problems=refused.problems), 422
    number = str(ticket["number"] or ticket.id)
    return redirect(url_for(".received", of=_signer().sign(number).decode("ascii")), 303)


@bp.get("/public/ticket/received")
@policy.public
def received() -> str | Response:
    """The number of the ticket a guest has just sent.

    It stands in the address, signed: the same form sent twice leads here twice, whatever became of the first answer,
    and nothing of the request stays in the browser's session.
    """
    try:
        number = _signer().unsign(request.args.get("of", "")).decode("ascii")
    except (BadSignature, UnicodeError):
        return redirect(url_for(".ask"), 303)  # nobody has sent anything from here
    return render_template("public/received.html", number=number)


def _signer() -> Signer:
    return Signer(current_app.config["SECRET_KEY"], salt="public.received", digest_method=sha256)
