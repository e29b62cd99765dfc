"""Which records a rule is worked out for: a few by their ids, or a range of ids in a pass over all."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.among import among, later
from portal.extensions import db

STEP = 100_000  # ids in one statement of a pass over all


@dataclass(frozen=True)
class Scope:
    """Either `ids`, or all ids from `first` to `last`, both included; `FEW` leaves the ids to the execution."""

    ids: tuple[int, ...] | None = None
    first: int = 0
    last: int = 0

    @classmethod
    def of(cls, ids: Collection[int]) -> "Scope":
        """Return the scope of a few records."""
        return cls(ids=tuple(sorted(ids)))

    def where(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Return the predicate that a column holds an id in scope."""
        if self.ids is None:
            return column.between(self.first, self.last)
        return among(column, self.ids) if self.ids else later(column, "ids")

    def lock(self, table: sa.Table) -> None:
        """Lock the rows, so that a roll-up that follows sees what another transaction has just committed."""
        if self.ids is not None and db.engine.dialect.name != "sqlite":
            rows = sa.select(table.c.id).where(self.where(table.c.id)).order_by(table.c.id)
            db.session.execute(rows.with_for_update())


FEW = Scope(ids=())  # for statements that are built once and executed with {"ids": …}


def ranges(table: sa.Table, after: int = 0, step: int = STEP) -> Iterator[Scope]:
    """Yield ranges that together hold every id above `after`."""
    last = db.session.scalar(sa.select(sa.func.max(table.c.id))) or 0
    for first in range(after + 1, last + 1, step):
        yield Scope(first=first, last=min(first + step - 1, last))
