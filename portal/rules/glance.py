"""What rules ask of a few records, read by one statement: Python then sees what need not be written."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from portal import duplicates
from portal.extensions import db
from portal.records import tables
from portal.rules import grace
from portal.rules.prepared import prepared
from portal.rules.scope import FEW
from portal.schema import Catalog

MOST = 20
"""Records up to which reading and judging them is cheaper than a statement for each rule."""
HELD = "held "
"""Stands before the key of a tier: whether the record keeps its level for a time of grace."""
TWIN = "open pair"
"""Whether another record may be the same, where a document on quality asks for it."""


class Glance:
    """A few records as rules see them, until one has written; `is_new` says that nothing can be about them yet.

    `given` are the fields that came right with new rows: rules that fill these have nothing to do.
    """

    def __init__(
        self, entity_key: str, ids: Collection[int], *, is_new: bool = False, given: Collection[str] = ()
    ) -> None:
        self.entity_key, self.ids, self.is_new, self.given = entity_key, tuple(sorted(ids)), is_new, given

    @cached_property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """The values that rules ask for and those they have given; the rows are locked, archived ones left out."""
        asked = prepared(("glance", self.entity_key), lambda catalog, now: _statement(self.entity_key, catalog))
        found: Any = db.session.execute(asked, {"ids": self.ids}).mappings().all()
        return list(found)

    def forget(self) -> None:
        """Look again when next asked, for a rule has written."""
        self.__dict__.pop("rows", None)
        self.is_new, self.given = False, ()


def asked_by(entity_key: str, catalog: Catalog) -> Iterator[str]:
    """Yield the fields that the rules of an entity ask for or fill."""
    for tier in catalog.tiers.values():
        if tier.on == entity_key:
            yield from (
                tier.field,
                *(key for level in tier.levels.values() if level.when for key in level.when.fields()),
            )
    for noun in catalog.scoring.values():
        if noun.on == entity_key:
            yield from (noun.field, noun.band, *(key for one in noun.points for key in one.when.fields()))
    for quality in catalog.quality.values():
        if quality.on == entity_key:
            yield from (quality.score, quality.issues, *quality.appraisal(catalog.entities[entity_key]).fields)
    for group in catalog.tags.values():
        if group.on == entity_key:
            yield from (group.field, *(key for one in group.values.values() if one.when for key in one.when.fields()))


def _asks_for_twins(entity_key: str, catalog: Catalog) -> bool:
    return any(noun.on == entity_key and noun.uniqueness for noun in catalog.quality.values())


def _statement(entity_key: str, catalog: Catalog) -> sa.Select[Any]:
    table, entity = tables.table_of(entity_key), catalog.entities[entity_key]
    keys = sorted({"id", *asked_by(entity_key, catalog)})
    kept = [tier for tier in catalog.tiers.values() if tier.on == entity_key and tier.grace]
    rows: Any = sa.select(
        *(tables.column(table, entity, key).label(key) for key in keys),
        *(grace.is_held(tier, table.c.id).label(HELD + tier.key) for tier in kept),
        *(
            [duplicates.queue.has_open(entity_key, table.c.id).label(TWIN)]
            if _asks_for_twins(entity_key, catalog)
            else []
        ),
    )
    mine = rows.where(FEW.where(table.c.id), table.c.archived_at.is_(None))
    locked: sa.Select[Any] = mine.order_by(table.c.id).with_for_update(of=table)
    return locked
