"""The forms of signing in and of one's own account."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, EqualTo, InputRequired, Length, Optional


class SignInForm(FlaskForm):  # type: ignore[misc]
    """User name and password."""

    username = StringField(
        _l("User name"),
        [InputRequired(_l("Enter your user name.")), Length(max=200)],
        render_kw={"autocomplete": "username", "autofocus": True, "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Enter your password.")), Length(max=800)],
        render_kw={"autocomplete": "current-password"},
    )


class AccountForm(FlaskForm):  # type: ignore[misc]
    """What people may change about themselves."""

    name = StringField(
        _l("Full name"), [InputRequired(_l("Give a name.")), Length(max=120)], render_kw={"autocomplete": "name"}
    )
    email = EmailField(
        _l("E-mail"),
        [Optional(), Length(max=254), Email(_l("Enter an e-mail address."), check_deliverability=False)],
        render_kw={"autocomplete": "email"},
    )
    locale = RadioField(_l("Language"), choices=[SelectChoice("zh", "简体中文"), SelectChoice("en", "English")])
    theme = RadioField(
        _l("Appearance"),
        choices=[
            SelectChoice("auto", _l("Like the device")),
            SelectChoice("light", _l("Light")),
            SelectChoice("dark", _l("Dark")),
        ],
    )


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, confirmed by the present one."""

    present = PasswordField(
        _l("Present password"),
        [InputRequired(_l("Enter your present password."))],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        _l("New password"),
        [InputRequired(_l("Enter a new password."))],
        render_kw={"autocomplete": "new-password"},
        description=_l("Ten characters or more."),
    )
    again = PasswordField(
        _l("New password again"),
        [EqualTo("password", _l("The two entries differ."))],
        render_kw={"autocomplete": "new-password"},
    )
