"""The forms of a campaign: what it says, when it goes out, where a test goes."""

from datetime import UTC, datetime

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, DecimalField, EmailField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional

from portal import clock, schema


class CampaignForm(FlaskForm):  # type: ignore[misc]
    """What a marketer writes."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter a name.")), Length(max=120)])
    segment = SelectField(_l("Segment"), description=_l("The list is frozen when sending begins."))
    goal = StringField(_l("Goal"), [Length(max=500)])
    cost = DecimalField(_l("Cost (yuan)"), [Optional(), NumberRange(min=0)])
    sender_name = StringField(_l("Sender name"), [Length(max=120)])
    reply_to = EmailField(
        _l("Replies go to"), [Optional(), Email(_l("Enter an e-mail address."), check_deliverability=False)]
    )
    per_minute = IntegerField(
        _l("At most a minute"),
        [Optional(), NumberRange(min=1)],
        description=_l("Empty: as fast as the server takes them."),
    )
    subject = StringField(_l("Subject"), [InputRequired(_l("Enter a subject.")), Length(max=300)])
    body = TextAreaField(_l("Mail"), [InputRequired(_l("Write the mail.")), Length(max=60_000)])

    def fill_choices(self) -> "CampaignForm":
        """Offer the segments of the release."""
        segments = schema.current().segments
        self.segment.choices = [("", "—"), *((key, str(segment.label)) for key, segment in segments.items())]
        return self


FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]  # of the browser, and of the picker that stands in for it


class ScheduleForm(FlaskForm):  # type: ignore[misc]
    """When it goes out, as the wall clock of the portal's zone shows it; empty is now."""

    at = DateTimeLocalField(_l("Send at"), [Optional()], format=FORMATS, render_kw={"data-datetime": ""})

    def moment(self) -> datetime | None:
        """The moment in UTC, or None for now."""
        return self.at.data.replace(tzinfo=clock.zone()).astimezone(UTC) if self.at.data else None


class TestForm(FlaskForm):  # type: ignore[misc]
    """Where a test goes."""

    __test__ = False
    address = EmailField(
        _l("Test to"),
        [
            InputRequired(_l("Enter an e-mail address.")),
            Email(_l("Enter an e-mail address."), check_deliverability=False),
        ],
    )
