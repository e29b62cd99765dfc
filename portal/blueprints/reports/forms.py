"""The form that asks for a report."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError

from portal import clock
from portal.insights.lens import Subject
from portal.insights.periods import Period, Unit

LONGEST_DAYS = 3 * 366
KINDS = {"person": _l("People"), "team": _l("Teams"), "office": _l("Offices")}
LANGUAGES = [SelectChoice("zh", "简体中文"), SelectChoice("en", "English")]


def _holding(unit: Unit) -> Callable[[date], Period]:
    return lambda today: Period.holding(unit, today)


def _last(unit: Unit) -> Callable[[date], Period]:
    return lambda today: Period.last_full(unit, today)


PERIODS: dict[str, tuple[Any, Callable[[date], Period]]] = {
    "this_week": (_l("This week"), _holding("week")),
    "last_week": (_l("Last week"), _last("week")),
    "this_month": (_l("This month"), _holding("month")),
    "last_month": (_l("Last month"), _last("month")),
    "this_quarter": (_l("This quarter"), _holding("quarter")),
    "last_quarter": (_l("Last quarter"), _last("quarter")),
    "this_year": (_l("This year"), _holding("year")),
    "last_year": (_l("Last year"), _last("year")),
}
CUSTOM = "custom"
DAY = {"type": "text", "data-date": "", "placeholder": "2026-03-31", "autocomplete": "off"}


class ReportForm(FlaskForm):  # type: ignore[misc]
    """Which report, about whom, over which days, in which language."""

    report = SelectField(_l("Report"))
    subject = SelectField(_l("About"), render_kw={"data-choices": ""})
    period = SelectField(_l("Period"))
    start = DateField(_l("First day"), [Optional()], render_kw=DAY)
    end = DateField(_l("Last day"), [Optional()], render_kw=DAY)
    locale = SelectField(_l("Language of the report"), choices=LANGUAGES)

    def offer(self, reports: dict[str, Any], subjects: list[Subject]) -> "ReportForm":
        """Set what there is to choose from."""
        self.report.choices = [SelectChoice(key, str(report.label)) for key, report in reports.items()]
        kinds = {kind for report in reports.values() for kind in report.subjects}
        self.subject.choices = {
            str(label): [(f"{one.kind}:{one.id}", one.name) for one in subjects if one.kind == kind]
            for kind, label in KINDS.items()
            if kind in kinds and any(one.kind == kind for one in subjects)
        }
        named = [SelectChoice(key, str(label)) for key, (label, _make) in PERIODS.items()]
        self.period.choices = [*named, SelectChoice(CUSTOM, _("Other days"))]
        return self

    @property
    def days(self) -> Period:
        """The period that was chosen."""
        if self.period.data == CUSTOM:
            return Period(self.start.data, self.end.data)
        return PERIODS[self.period.data][1](clock.today())

    def validate_period(self, field: Any) -> None:
        """Other days need both ends, in order and not too far apart."""
        if field.data != CUSTOM:
            return
        first, last = self.start.data, self.end.data
        if first is None or last is None:
            raise ValidationError(_("Give the first and the last day."))
        if last < first:
            raise ValidationError(_("The last day lies before the first."))
        if (last - first).days > LONGEST_DAYS:
            raise ValidationError(_("Choose at most three years."))
