"""What fields were called in earlier releases: a key of then leads to the column, which is never renamed."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa

from portal.extensions import db
from portal.schema import compiled
from portal.schema.entity import Entity
from portal.schema.models import Release
from portal.schema.system_fields import SYSTEM

Span = tuple[datetime, str]  # from when on a key stood for a column


@dataclass(frozen=True)
class Former:
    """The keys that the fields of one entity have had, with the moments of the releases that gave them."""

    now: Mapping[str, str]  # physical column → key of today
    spans: Mapping[str, tuple[Span, ...]]  # key → the columns it stood for, the oldest first

    def key_at(self, key: str, at: datetime) -> str:
        """Today's key of the field that a key meant at a moment; the key itself where nothing else is known.

        A field that was given another type has another column since, and keeps its key: that it was the same is
        what its author says.
        """
        spans = self.spans.get(key, ())
        place = bisect_right(spans, at, key=lambda span: span[0])
        column = spans[max(place - 1, 0)][1] if spans else ""
        return self.now.get(column, key)

    def keys_of(self, key: str) -> set[str]:
        """Every key that the field of today has had."""
        mine = {column for column, name in self.now.items() if name == key}
        return {key, *(name for name, spans in self.spans.items() if any(column in mine for _at, column in spans))}


def of(entity: Entity) -> Former:
    """What the fields of an entity, in force or drafted, were called."""
    newest = compiled.newest()
    spans = _spans(*newest).get(entity.key, {}) if newest else {}
    return Former(
        {one.physical: key for key, one in entity.fields.items() if one.physical and key not in SYSTEM}, spans
    )


@lru_cache(maxsize=8)
def _spans(number: int, at: datetime) -> dict[str, dict[str, tuple[Span, ...]]]:
    """By entity and key the columns it stood for, up to a release; its moment tells releases of other sites apart."""
    rows = sa.select(Release.at, Release.columns).where(Release.number <= number).order_by(Release.number)
    found: dict[str, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for moment, columns in db.session.execute(rows):
        for entity, names in columns.items():
            for key, column in names.items():
                known = found[entity][key]
                if not known or known[-1][1] != column:
                    known.append((moment, column))
    return {entity: {key: tuple(spans) for key, spans in keys.items()} for entity, keys in found.items()}
