"""The forms of a person, an office and a team."""

import re
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from portal import schema
from portal.extensions import db
from portal.security import Office, Person, Team

ZONES = sorted(name for name in available_timezones() if "/" in name)
NOTHING = SelectChoice("", "—")


def _id_or_none(raw: object) -> int | None:
    return int(raw) if isinstance(raw, int | str) and str(raw) else None


def _key() -> StringField:
    return StringField(
        _l("Key"),
        [
            InputRequired(_l("Give a key.")),
            Regexp(
                r"^[a-z][a-z0-9_]{0,59}$",
                message=_l("Use small letters, digits and underscore, beginning with a letter."),
            ),
        ],
        description=_l("Short name for rules and imports; letters, digits and underscore."),
    )


def _name(label: object = _l("Name")) -> StringField:
    return StringField(label, [InputRequired(_l("Give a name.")), Length(max=120)])


class WordsField(StringField):  # type: ignore[misc]
    """Words with commas between."""

    def _value(self) -> str:
        return "，".join(self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the words apart at commas of either script."""
        if valuelist:
            words = (word.strip() for word in re.split(r"[,，、;；\n]", valuelist[0]))
            self.data = list(dict.fromkeys(word[:60] for word in words if word))[:100]


class PersonForm(FlaskForm):  # type: ignore[misc]
    """What an administrator writes about a person."""

    name = _name(_l("Full name"))
    email = EmailField(
        _l("E-mail"),
        [Optional(), Length(max=254), Email(_l("Enter an e-mail address."), check_deliverability=False)],
    )
    office_id = SelectField(_l("Office"), coerce=_id_or_none)
    team_id = SelectField(_l("Team"), coerce=_id_or_none, description=_l("The team decides the office."))
    skills = WordsField(
        _l("Skills"),
        description=_l("With commas between, such as a product, a trade or a language; assignment rules ask for them."),
    )
    locale = SelectField(_l("Language"), choices=[SelectChoice("zh", "简体中文"), SelectChoice("en", "English")])
    roles = SelectMultipleField(
        _l("Roles"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_l("Several roles add up."),
    )

    def fill_choices(self) -> "PersonForm":
        """Offer the offices, teams and roles there are now."""
        self.office_id.choices = [NOTHING, *_choices(Office)]
        self.team_id.choices = [NOTHING, *_choices(Team)]
        self.roles.choices = [SelectChoice(key, str(role.label)) for key, role in schema.current().roles.items()]
        return self


class NewPersonForm(PersonForm):
    """A person to be added also gets a user name, for good."""

    username = StringField(
        _l("User name"),
        [InputRequired(_l("Give a user name.")), Length(max=60)],
        render_kw={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
        description=_l("For signing in; it cannot be changed later."),
    )


class OfficeForm(FlaskForm):  # type: ignore[misc]
    """An office and where it stands."""

    name = _name()
    key = _key()
    parent_id = SelectField(
        _l("Part of"), coerce=_id_or_none, description=_l("Who may see an office also sees the offices below it.")
    )
    zone = SelectField(_l("Time zone"), choices=[SelectChoice(name) for name in ZONES])

    def fill_choices(self) -> "OfficeForm":
        """Offer the offices there are now."""
        self.parent_id.choices = [NOTHING, *_choices(Office)]
        return self


class TeamForm(FlaskForm):  # type: ignore[misc]
    """A team, its office and who leads it."""

    name = _name()
    key = _key()
    office_id = SelectField(_l("Office"), coerce=_id_or_none)
    lead_id = SelectField(_l("Team lead"), coerce=_id_or_none)

    def fill_choices(self) -> "TeamForm":
        """Offer the offices and people there are now."""
        self.office_id.choices = [NOTHING, *_choices(Office)]
        self.lead_id.choices = [NOTHING, *_choices(Person)]
        return self


def _choices(model: type[Office] | type[Team] | type[Person]) -> list[SelectChoice]:
    return [
        SelectChoice(str(row.id), row.name)
        for row in db.session.scalars(db.select(model).order_by(model.name, model.id))
    ]
