"""What all documents share: keys, labels, durations, times of day and conditions read in their context."""

import re
from collections.abc import Iterator
from datetime import time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar

from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from portal.schema.problems import Fault

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog

UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
# The palette of the screens.
COLOURS = tuple("blue azure indigo purple pink red orange yellow lime green teal cyan gray secondary".split())  # noqa: SIM905


class Noun(BaseModel):
    """A document or a part of one: frozen, and every unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    named: ClassVar[str] = ""  # the key that names a document of this kind, such as `entity`

    @property
    def key(self) -> str:
        """Return the document's own key, such as `customer`."""
        return str(getattr(self, self.named))

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Yield what is wrong in the light of the other documents (cross references)."""
        yield from ()

    def own_faults(self) -> Iterator[Fault]:
        """Yield what is wrong whatever the other documents say; for documents that are read alone."""
        yield from ()


def parse_duration(value: object) -> timedelta:
    """Read `30 days` or `2 hours`; a month is 30 days and a year 365. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"\s*(\d{1,5})\s*([a-z]+?)s?\s*", str(value))
    if not match or match[2] not in UNITS:
        raise ValueError(_l('a duration reads like "30 days", "2 hours" or "1 week"'))
    return int(match[1]) * UNITS[match[2]]


def check_span(value: object) -> object:
    """Let `3 days`, `2 workdays` or `30 minutes` through; raises ValueError."""
    if not re.fullmatch(r"\d{1,4} (minutes?|hours?|days?|weeks?|workdays?|workhours?)", str(value)):
        raise ValueError(_l('a span reads like "3 days", "2 workdays" or "30 minutes"'))
    return value


def parse_time(value: object) -> time:
    """Read `09:00`; raises ValueError."""
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(value))
    if not match:
        raise ValueError(_l('a time of day reads like "09:00"'))
    return time(int(match[1]), int(match[2]))


def _colour(value: object) -> object:
    if value not in COLOURS:
        raise ValueError(_l("must be one of %(words)s", words=", ".join(COLOURS)))
    return value


def _share(value: object) -> object:
    match = re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%", str(value))
    if not match or not 0 <= Decimal(match[1]) <= 100:
        raise ValueError(_l('a share reads like "5%"'))
    return Decimal(match[1]) / 100


def _words(value: object) -> object:
    return [value] if isinstance(value, str) else value


Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
TimeOfDay = Annotated[time, BeforeValidator(parse_time)]
Span = Annotated[str, BeforeValidator(check_span)]
Colour = Annotated[str, BeforeValidator(_colour)]
Share = Annotated[Decimal, BeforeValidator(_share)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
