"""What a file says of who took it out of the portal, when, and what of; the mark leads to the line in the audit log."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from portal import clock
from portal.extensions import db
from portal.security import Office, Person

LENGTH = 4  # bytes of a mark


@dataclass(frozen=True)
class Watermark:
    """Whose file it is."""

    mark: str
    name: str
    office: str
    at: datetime
    title: str
    sentence: str
    reason: str = ""

    @property
    def line(self) -> str:
        """Person, office, moment and mark in one line."""
        moment = clock.to_zone(self.at).strftime("%Y-%m-%d %H:%M")
        return " · ".join(part for part in (self.name, self.office, moment, self.mark) if part)

    def lines(self, rows: int) -> list[tuple[str, str]]:
        """All that is known, as names and what they say."""
        said = [
            (gettext("List"), self.title),
            (gettext("Filter"), self.sentence or gettext("none")),
            (gettext("Rows"), str(rows)),
            (gettext("Taken out by"), self.name),
            (gettext("Office"), self.office),
            (gettext("Time"), clock.to_zone(self.at).strftime("%Y-%m-%d %H:%M %Z")),
            (gettext("Why"), self.reason),
            (gettext("Mark"), self.mark),
        ]
        return [pair for pair in said if pair[1]]


def new_mark() -> str:
    """A mark nobody had before, short enough for the name of a file."""
    return f"E{secrets.token_hex(LENGTH)}"


def watermark(mark: str, person: Person, title: str, sentence: str, reason: str = "") -> Watermark:
    """The watermark of a file that is made now for a person."""
    office = db.session.get(Office, person.office_id) if person.office_id else None
    return Watermark(mark, person.name, str(office.name) if office else "", clock.now(), title, sentence, reason)
