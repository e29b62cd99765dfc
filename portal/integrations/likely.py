"""New rows that may be about a record that is there already, by the rules of duplicates: told, not decided."""

from collections.abc import Sequence
from typing import Any

from portal.duplicates import hints
from portal.integrations.row_reader import Row
from portal.schema import Entity
from portal.security import Actor

LOOKED, SHOWN = 5000, 50  # rows looked at (the nightly search finds the rest), and rows told


class Likely:
    """Collects what a check tells of likely duplicates."""

    def __init__(self, entity: Entity, by: Actor) -> None:
        self.entity, self.by = entity, by
        self.left = LOOKED
        self.found: list[dict[str, Any]] = []

    def look(self, rows: Sequence[Row]) -> None:
        """Look at the rows that would become new records."""
        new = [row for row in rows if row.record_id is None and row.is_sound][: self.left]
        if not new or len(self.found) >= SHOWN:
            return
        self.left -= len(new)
        for at, id_, points in hints.twins(self.entity.key, [row.values for row in new], self.by):
            name = self.entity.fields[self.entity.title].type.text(new[at].values.get(self.entity.title))
            self.found.append({"row": new[at].number, "name": name, "record": id_, "points": points})
        del self.found[SHOWN:]
