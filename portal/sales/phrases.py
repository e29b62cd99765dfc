"""Templates for quick entry of a follow-up: one click fills way, summary, next step and day."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import clock


@dataclass(frozen=True)
class Phrase:
    """What one button fills in; `days` from today is the next due date."""

    label: Any
    way: str
    summary: Any
    next_step: Any = ""
    days: int | None = None

    @property
    def next_due(self) -> str:
        """Return the next due date as an input takes it."""
        return str(clock.today() + timedelta(days=self.days)) if self.days else ""


PHRASES = (
    Phrase(_l("Not reached"), "phone", _l("Called, nobody answered."), _l("Call again"), 1),
    Phrase(_l("Routine call"), "phone", _l("Asked about use and new needs."), _l("Next routine call"), 30),
    Phrase(_l("Quotation sent"), "email", _l("Sent the quotation."), _l("Ask whether the quotation suits"), 3),
    Phrase(_l("Visit made"), "visit", _l("Visited the customer on site."), _l("Send a summary of the visit"), 2),
    Phrase(_l("Wants to think"), "phone", _l("Interested, wants to think it over."), _l("Ask again"), 7),
    Phrase(_l("No need now"), "phone", _l("No need at present."), _l("Keep in touch"), 90),
)
