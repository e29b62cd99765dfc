"""The other side of a reference: the first records that point at a record, in the usual order of their list."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.extensions import db
from portal.fields import OPERATORS, Field
from portal.records import links, nearby, paging, prepared, reach, search, selection
from portal.records.page import Page
from portal.records.record import Record
from portal.records.tables import table_of
from portal.schema import Entity, conditions


@dataclass(frozen=True)
class Pointing:
    """The statements of one side: its stretches in their order, and how many records there are."""

    parts: tuple[sa.Select[Any], ...]
    count: sa.Select[int]


def first(record: Record, kind: Entity, link: Field, *, columns: Iterable[str], limit: int) -> Page:
    """The first records of a kind that point at the record by a field; raises Invalid where it may not be read.

    They are those of `search`; here the statements are kept, for all pages of such records ask them.
    """
    person, wanted, table = record.person, tuple(sorted(columns)), table_of(kind.key)
    if nearby.of(kind, table, [link.key]) is not None:  # so many that they are looked for in the order
        test = conditions.parse({link.key: record.id}, kind)
        return search.search(kind.key, person, condition=test, limit=limit, columns=wanted)

    def build(who: Any, id_: Any) -> Pointing:
        pointing = conditions.Test(link, OPERATORS[link.type.scalar_operator], link.type.gathered([id_]))
        where = selection.where(kind.key, who, pointing)
        keys = search.sort_keys(kind, who, search.usual(kind, who))
        select = sa.select(*search.selected(kind, who, wanted)).where(*where)
        parts = paging.parts(keys, None, backwards=False)
        found = (paging.in_order(select, part, backwards=False).limit(limit + 1) for part in parts)
        return Pointing(tuple(found), selection.counting(kind.key, where))

    built, places = prepared.prepare(("side", link.key, wanted, limit), kind, person, record.id, build)
    found: list[Any] = []
    for part in built.parts:
        found += db.session.execute(part, places).mappings() if len(found) <= limit else ()
    shown = reach.records(kind, person, found[:limit])
    links.label(shown)
    more = shown[-1].id if len(found) > limit else None
    return Page(shown, more, None, lambda: db.session.execute(built.count, places).scalar_one())
