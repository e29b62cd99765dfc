"""What the makers of demo records share: chance, the calendar, and the customers with their stories."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from portal import clock, records
from portal.cli.demo import sources
from portal.cli.demo.staff import Namer, Staff
from portal.schema import current
from portal.security import SYSTEM, Person

Row = dict[str, Any]
BATCH = 1_000


@dataclass
class Customer:
    """A customer before and after it is stored, with the purchases that tell its story."""

    row: Row
    owner: Person
    purchases: list[tuple[date, int, str]]
    since: date
    contacts: list[Row] = field(default_factory=list)
    id: int = 0

    @property
    def year(self) -> float:
        """Yuan of the last 365 days."""
        return sum(float(yuan) for day, _pieces, yuan in self.purchases if (clock.today() - day).days < 365)


@dataclass
class World:
    """The demo as it grows."""

    rng: random.Random
    staff: Staff
    namer: Namer
    today: date
    customers: list[Customer] = field(default_factory=list)
    products: list[int] = field(default_factory=list)

    def at(self, day: date, first: int = 9, last: int = 18) -> datetime:
        """A moment within working hours of the last workday up to the day, before now."""
        hour = time(self.rng.randrange(first, last), self.rng.randrange(0, 60, 5))
        moment = datetime.combine(sources.workday(day), hour, clock.zone()).astimezone(UTC)
        return moment if moment <= clock.now() else self.at(day - timedelta(days=1), first, last)

    def day(self, since: date, until: date) -> date:
        """A workday between two days."""
        span = max((until - since).days, 0)
        return sources.workday(since + timedelta(days=self.rng.randint(0, span)))


def store(entity: str, rows: list[Row]) -> list[int]:
    """Save rows in batches and return their ids; what the schema does not know is left out. Raises on a refusal."""
    known = current().entities[entity].fields
    ids: list[int] = []
    for start in range(0, len(rows), BATCH):
        batch = [{key: value for key, value in row.items() if key in known} for row in rows[start : start + BATCH]]
        saved = records.bulk.save_many(entity, batch, by=SYSTEM)
        if saved.problems:
            at, problem = next(iter(saved.problems.items()))
            raise ValueError(f"demo {entity} {batch[at]}: { ({key: str(text) for key, text in problem.items()}) }")
        ids += [id_ for id_ in saved.ids if id_ is not None]
    return ids
