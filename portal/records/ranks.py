"""Records of one kind that stand above each other: none may come to stand above itself, nor too many one on another."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
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
    """Positions of rows that point at themselves, at what stands below them, or too deep, and what to say of each.

    The rows are taken one after the other, as if each were stored before the next is looked at.
    """
    told = [(at, id_, values[field.key]) for at, (id_, values) in enumerate(rows) if field.key in values]
    selves = {at for at, id_, value in told if id_ is not None and id_ in field.type.pointed(value)}
    yield from ((at, gettext("Choose another record than this one.")) for at in sorted(selves))
    moved = [row for row in told if row[0] not in selves]
    if field.type.is_ranking and any(value is not None for _at, _id, value in moved):
        yield from _misplaced(field, moved)


def _misplaced(field: Field, moved: Sequence[tuple[int, int | None, Any]]) -> Iterator[tuple[int, str]]:
    tree = Tree(field, {id_ for _at, id_, _value in moved if id_ is not None}, {up for *_, up in moved if up})
    for at, id_, value in moved:
        way = list(tree.climb(value))
        height = tree.height(id_) if id_ is not None and value is not None else 0
        if id_ is not None and id_ in way:
            yield at, gettext("This record stands above the one you chose. Choose another.")
        elif len(way) > DEEPEST:
            yield (
                at,
                gettext("Choose a record that stands higher: at most %(count)s may stand above one.", count=DEEPEST),
            )
        elif len(way) + height > DEEPEST:
            text = gettext(
                "%(above)s records would stand above this one, and below it there are %(below)s levels: "
                "together at most %(count)s. Choose a record that stands higher.",
                above=len(way),
                below=height,
                count=DEEPEST,
            )
            yield at, text
        elif id_ is not None:
            tree.move(id_, value)


def misfits(above: Mapping[int, int]) -> set[int]:
    """Of records (id → what stands above it) those whose place cannot be: all of a ring, and each one too deep.

    What stands below them is counted as if they stood below nothing.
    """
    levels: dict[int, int] = {}
    found: set[int] = set()
    for start in above:
        way: dict[int, None] = {}
        at = start
        while at in above and at not in levels and at not in way:
            way[at] = None
            at = above[at]
        listed = list(way)
        ring = listed[listed.index(at) :] if at in way else []
        found.update(ring)
        levels.update(dict.fromkeys(ring, 0))
        for id_ in reversed(listed[: len(listed) - len(ring)]):
            levels[id_] = levels.get(above[id_], 0) + 1
            if levels[id_] > DEEPEST:
                found.add(id_)
                levels[id_] = 0
    return found


class Tree:
    """What stands above some records and how deep it goes below those that are moved, as they are moved one by one."""

    def __init__(self, field: Field, moved: Collection[int], aims: Collection[int]) -> None:
        self.above = _above(field, {*moved, *aims})
        self.below: dict[int, set[int]] = defaultdict(set)
        for id_, up in self.above.items():
            if up is not None:
                self.below[up].add(id_)
        self.heights = _heights(field, moved) if moved and aims else {}

    def climb(self, start: int | None) -> Iterator[int]:
        """The records from one upwards; of a ring that was there before, as many as make it too deep."""
        for _level in range(DEEPEST + 1):
            if start is None:
                return
            yield start
            start = self.above.get(start)

    def height(self, top: int) -> int:
        """How many levels stand below a record that is moved, at most one more than may."""
        highest, level, reached = 0, 0, {top}
        while reached and level <= DEEPEST:
            highest = max(highest, *(level + self.heights.get(id_, 0) for id_ in reached))
            reached = {id_ for up in reached for id_ in self.below[up]} - {top}  # of a ring it is taken out
            level += 1
        return min(highest, DEEPEST + 1)

    def move(self, id_: int, above: int | None) -> None:
        """Put a record below another, or below none."""
        before = self.above.get(id_)
        if before is not None:
            self.below[before].discard(id_)
        if above is not None:
            self.below[above].add(id_)
        self.above[id_] = above


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


def _heights(field: Field, tops: Collection[int]) -> dict[int, int]:
    """How many levels are stored below each of these records, not counting what stands below another of them.

    One statement goes down through all of them, no further than one level too many.
    """
    table = table_of(field.entity)
    listed: Any = sa.bindparam("tops", sorted(tops), expanding=True, literal_execute=True)  # more than one may bind
    start = sa.select(table.c.id.label("top"), table.c.id.label("id"), sa.literal(0).label("level"))
    reached = start.where(table.c.id.in_(listed)).cte("reached", recursive=True)
    beneath = sa.select(reached.c.top, table.c.id, reached.c.level + 1)
    beneath = beneath.where(table.c[field.column] == reached.c.id, table.c.id.not_in(listed))
    reached = reached.union_all(beneath.where(reached.c.level <= DEEPEST))
    deepest = sa.select(reached.c.top, sa.func.max(reached.c.level)).group_by(reached.c.top)
    return dict(db.session.execute(deepest).all())
