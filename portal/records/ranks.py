"""Records of one kind that stand above each other: none may come to stand above itself, nor below too many."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal.extensions import db
from portal.fields import Field
from portal.records.tables import table_of

DEEPEST = 30  # records above one record
CHUNK = 5000
Row = tuple[int | None, Mapping[str, Any]]
Above = dict[int, int | None]  # what stands above a record; records that are not named stand too high to matter


def problems(field: Field, rows: Sequence[Row]) -> Iterator[tuple[int, str]]:
    """Positions of rows that point at themselves, or at what stands below them, and what to say of each.

    The rows are taken one after the other, as if each were stored before the next is looked at.
    """
    told = [(at, id_, values[field.key]) for at, (id_, values) in enumerate(rows) if field.key in values]
    selves = {at for at, id_, value in told if id_ is not None and id_ in field.type.pointed(value)}
    yield from ((at, gettext("Choose another record than this one.")) for at in sorted(selves))
    moved = [row for row in told if row[0] not in selves]
    if field.type.is_ranking and any(value is not None for _at, _id, value in moved):
        yield from _misplaced(field, moved)


def _misplaced(field: Field, moved: Sequence[tuple[int, int | None, Any]]) -> Iterator[tuple[int, str]]:
    above = _above(field, {id_ for _at, *ids in moved for id_ in ids if id_ is not None})
    for at, id_, value in moved:
        way = list(_climb(above, value))
        if id_ is not None and id_ in way:
            yield at, gettext("This record stands above the one you chose. Choose another.")
        elif len(way) > DEEPEST:
            yield (
                at,
                gettext("Choose a record that stands higher: at most %(count)s may stand above one.", count=DEEPEST),
            )
        elif id_ is not None:
            above[id_] = value


def _climb(above: Above, start: int | None) -> Iterator[int]:
    """The records from one upwards; of a ring that was there before, as many as make it too deep."""
    for _level in range(DEEPEST + 1):
        if start is None:
            return
        yield start
        start = above.get(start)


def _above(field: Field, ids: set[int]) -> Above:
    """What is stored above these records, level by level, each level with one statement for 5,000 records."""
    table = table_of(field.entity)
    select = sa.select(table.c.id, table.c[field.column])
    found: Above = {}
    for _level in range(DEEPEST + 1):
        if not ids:
            break
        listed = sorted(ids)
        for start in range(0, len(listed), CHUNK):
            found.update(db.session.execute(select.where(table.c.id.in_(listed[start : start + CHUNK]))).all())
        ids = {up for id_ in listed if (up := found.get(id_)) is not None and up not in found}
    return found
