"""A length of time as two inputs: how many, and of which unit; or a word for what is waited for instead."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.forms.document.control import ABSENT, Sent
from portal.forms.document.single import Line
from portal.schema import nouns

UNITS: dict[str, Any] = {
    "minutes": _l("minutes"),
    "hours": _l("hours"),
    "workhours": _l("working hours"),
    "days": _l("days"),
    "workdays": _l("workdays"),
    "weeks": _l("weeks"),
    "months": _l("months"),
    "years": _l("years"),
}
SPAN = ("minutes", "hours", "workhours", "days", "workdays", "weeks")
DURATION = ("minutes", "hours", "days", "weeks", "months", "years")
TASK_DONE = _l("till the task is done")
USUAL = "days"
SAID = re.compile(r"\s*(\d{1,5})\s*([a-z]+?)s?\s*")
Known = tuple[Sequence[str], Mapping[str, Any]]  # units and words instead


@dataclass
class Length(Line):
    """So many of a unit; `instead` are words that may stand for it."""

    template = "length"
    units: Sequence[str] = ()
    instead: Mapping[str, Any] | None = None

    @property
    def parts(self) -> tuple[str, str]:
        """How many, and the unit or the word; the usual unit where nothing is said."""
        if self.shown in (self.instead or {}):
            return "", self.shown
        match = SAID.fullmatch(self.shown)
        return (match[1], f"{match[2]}s") if match else ("", USUAL)

    @property
    def offered(self) -> list[tuple[str, Any]]:
        """The units, and the words that may stand instead."""
        return [*((unit, UNITS[unit]) for unit in self.units), *(self.instead or {}).items()]

    @property
    def is_readable(self) -> bool:
        """Whether the two inputs can show what stands in the document."""
        amount, unit = self.parts
        return not self.shown or (unit in dict(self.offered) and (bool(amount) or unit in (self.instead or {})))

    def read(self, sent: Sent) -> Any:
        unit = sent.get(f"{self.name}/unit")
        if unit is None:
            return super().read(sent)
        amount = (sent.get(self.name) or "").strip()
        if (amount, unit) == self.parts:
            return self.value
        if unit in (self.instead or {}):
            return unit
        if amount.isascii() and amount.isdecimal() and unit in self.units:
            return f"{int(amount)} {unit.removesuffix('s') if int(amount) == 1 else unit}"
        return amount or ABSENT  # what is no number is the check's to judge


def known(annotation: Any) -> Known | None:
    """Return the units of a key's type and the words instead; None where it holds no length of time."""
    if annotation == nouns.Until:
        return SPAN, {"task_done": TASK_DONE}
    if annotation == nouns.Span:
        return SPAN, {}
    return (DURATION, {}) if annotation in (nouns.Duration, nouns.Retention) else None
