"""The forms of the desk."""

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from portal import schema
from portal.extensions import db
from portal.records import Record
from portal.security import Person


class MessageForm(FlaskForm):  # type: ignore[misc]
    """A reply or a note; `seen` is the last message that was on the screen."""

    body = TextAreaField(_l("Text"))
    seen = IntegerField(default=0)
    kind = HiddenField(default="reply")


class TransferForm(FlaskForm):  # type: ignore[misc]
    """To whom a ticket goes, and why."""

    person_id = SelectField(_l("Hand over to"), coerce=int)
    reason = StringField(_l("Reason"), [Length(max=300)])

    def fill_choices(self, ticket: Record) -> "TransferForm":
        """Offer the active people of the ticket's office, or of the agent's own."""
        self.person_id.choices = [(person.id, person.name) for person in colleagues(ticket)]
        return self


def colleagues(ticket: Record) -> list[Person]:
    """Who may be given a ticket or mentioned in it."""
    office = ticket["office"] or ticket.person.office_id
    query = sa.select(Person).where(Person.active, Person.office_id == office).order_by(Person.name, Person.id)
    return list(db.session.execute(query).scalars())


def canned() -> list[Any]:
    """The replies kept for reuse: service messages about tickets."""
    return [message for message in schema.current().messages.values() if message.is_reply]
