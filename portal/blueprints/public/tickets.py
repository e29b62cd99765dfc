"""The web form for requests, and what guests see after sending one."""

from flask import redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
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
    request = desk.intake.Request(
        subject=form.subject.data,
        body=form.body.data,
        name=form.name.data,
        email=form.email.data,
        phone=form.phone.data or None,
        type=form.type.data,
    )
    try:
        ticket = desk.intake.open_ticket(request)
    except Invalid as refused:
        return render_template("public/ticket.html", form=form, problems=refused.problems), 422
    session["asked"] = ticket["number"] or str(ticket.id)
    return redirect(url_for(".received"), 303)


@bp.get("/public/ticket/received")
@policy.public
def received() -> str:
    """The number of the ticket a guest has just sent."""
    return render_template("public/received.html", number=session.get("asked", _("unknown")))
