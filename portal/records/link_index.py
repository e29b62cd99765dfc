"""The tables of links: for every field of several references a row for each record pointed at.

The column beside it is the truth; this is the way to it from the other side, kept by whatever writes rows.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from portal.extensions import db
from portal.fields import Field
from portal.schema import Entity
from portal.writing import insert_many

BATCH = 5000
Rows = Sequence[tuple[int, Mapping[str, Any]]]  # ids with the values they are to have


def fields(entity: Entity) -> list[Field]:
    """The fields of an entity that point at several records."""
    return [field for field in entity.fields.values() if field.type.is_linking]


def add(entity: Entity, rows: Rows) -> None:
    """Link records that are new."""
    for field in fields(entity):
        _insert(field, [(id_, values[field.key]) for id_, values in rows if values.get(field.key)])


def replace(entity: Entity, rows: Rows) -> None:
    """Link records anew in the fields that the values speak of."""
    for field in fields(entity):
        told = [(id_, values[field.key]) for id_, values in rows if field.key in values]
        links = field.links
        for start in range(0, len(told), BATCH):
            some = told[start : start + BATCH]
            db.session.execute(sa.delete(links).where(links.c.record_id.in_([id_ for id_, _ in some])))
        _insert(field, told)


def refill(field: Field, table: sa.Table) -> None:
    """Link all records of a table anew in one field, for its column was filled by other hands."""
    links, column = field.links, table.c[field.column]
    db.session.execute(sa.delete(links))
    last = 0
    while True:
        select = sa.select(table.c.id, column).where(table.c.id > last, column.is_not(None))
        rows = [tuple(row) for row in db.session.execute(select.order_by(table.c.id).limit(BATCH))]
        if not rows:
            return
        _insert(field, rows)
        last = rows[-1][0]


def held(field: Field, ids: Collection[int]) -> Iterator[tuple[int, int]]:
    """The links there are of these records: their id and the id pointed at."""
    links = field.links
    listed = sorted(ids)
    for start in range(0, len(listed), BATCH):
        some = links.c.record_id.in_(listed[start : start + BATCH])
        yield from ((record, pointed) for record, pointed in db.session.execute(sa.select(links).where(some)))


def _insert(field: Field, told: Sequence[tuple[int, Any]]) -> None:
    rows = [{"record_id": id_, "pointed_id": pointed} for id_, value in told for pointed in field.type.pointed(value)]
    if rows:
        insert_many(field.links, rows)
