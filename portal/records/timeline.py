"""What happened around a record, newest first: its children that speak on it, and sources that features bring."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from portal import clock
from portal.extensions import db
from portal.records import links, reach, reading, told
from portal.records.record import Record
from portal.records.tables import table_of
from portal.records.told import Source
from portal.schema import Entity
from portal.security import Actor, policy

PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Item:
    """One thing that happened; `record_id` leads to the record of that kind, `link` anywhere else."""

    at: datetime
    kind: str
    id: int
    title: str
    text: str = ""
    icon: str = ""
    by: str = ""
    record_id: int | None = None
    link: str = ""

    @property
    def cursor(self) -> str:
        """What `after` takes to go on behind this item."""
        return f"{self.at.isoformat()}~{self.kind}~{self.id}"


@dataclass(frozen=True)
class Place:
    """Where a page begins: behind the item of this time, kind and id."""

    at: datetime
    kind: str
    id: int

    @classmethod
    def read(cls, cursor: str) -> "Place | None":
        """The place in a cursor; None for what is none."""
        try:
            at, kind, id_ = cursor.split("~")
            return cls(datetime.fromisoformat(at).astimezone(clock.now().tzinfo), kind, int(id_))
        except ValueError:
            return None

    def behind(self, kind: str, at: Any, id_: Any, value: date | datetime | None = None) -> sa.ColumnElement[bool]:
        """Whether items of this kind come behind the place, by the columns of their time and id.

        `value` is the place's time as the column `at` holds it: for a column of days, the day of it.
        """
        value = self.at if value is None else value
        if _moment(value) < self.at or kind < self.kind:  # a day begins before any moment in it
            return sa.and_(at <= value)
        earlier: sa.ColumnElement[bool] = at < value
        return earlier if kind > self.kind else sa.or_(earlier, sa.and_(at == value, id_ < self.id))


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Let a feature tell what it knows of a record."""
    _sources[source.kind] = source


def entries(
    record: Record, person: Actor, after: str | None = None, limit: int = 50, kinds: Collection[str] | None = None
) -> list[Item]:
    """The items behind the cursor `after`, newest first; `kinds` (entity keys, kinds of sources) keeps to some."""
    person, place = reach.real(person), Place.read(after) if after else None
    sources = [source for kind, source in _sources.items() if kinds is None or kind in kinds]
    found = _told(record, sources, person, place, limit)
    speaking = [kind for kind in record.entity.children() if kinds is None or kind.key in kinds]
    children = list(_children([_newest(record, kind, person, place, limit) for kind in speaking], person))
    links.label(children)
    found += [_item(child) for child in children]
    return sorted(found, key=lambda item: (item.at, item.kind, item.id), reverse=True)[:limit]


def _told(record: Record, sources: Collection[Source], person: Actor, place: Place | None, limit: int) -> list[Item]:
    parts = []
    for source in sources:
        rows = source.rows(record, person)
        if rows is not None and place is not None:
            own = rows.selected_columns
            rows = rows.where(place.behind(source.kind, _bare(own["at"]), _bare(own["id"])))
        parts += [] if rows is None else [rows]
    found = db.session.execute(told.newest(parts, limit)) if parts else ()
    return [_sources[row.kind].item(row, record, person) for row in found]


def _bare(column: Any) -> Any:
    """A column without the name that a part gave it."""
    return getattr(column, "element", column)


@dataclass(frozen=True)
class Newest:
    """The newest children of one kind: each column by the key of its field."""

    kind: Entity
    rows: sa.Subquery


def _children(parts: Iterable[Newest | None], person: Actor) -> Iterator[Record]:
    """The children of all kinds, read by one statement: every kind has columns of its own, empty for the others."""
    asked = {part.kind.key: part for part in parts if part is not None}
    if not asked:
        return
    shape = [(key, column.key, column.type) for key, part in asked.items() for column in part.rows.c]
    arms = []
    for own, part in asked.items():
        told = [part.rows.c[name] if key == own else sa.cast(sa.null(), type_) for key, name, type_ in shape]
        labels = [column.label(f"{key} {name}") for column, (key, name, _type) in zip(told, shape, strict=True)]
        arms.append(sa.select(sa.literal(own, literal_execute=True).label("kind"), *labels))
    found: dict[str, list[dict[str, Any]]] = {key: [] for key in asked}
    for row in db.session.execute(sa.union_all(*arms)).mappings():
        values = {name: row[f"{key} {name}"] for key, name, _type in shape if key == row["kind"]}
        found[row["kind"]].append(values)
    for key, rows in found.items():
        yield from reach.records(asked[key].kind, person, rows)


def _newest(record: Record, kind: Entity, person: Actor, place: Place | None, limit: int) -> Newest | None:
    """The newest children of a kind behind the place; None where the person may know nothing of them."""
    if kind.timeline is None or kind.parent is None or not policy.can(person, "view", kind.key):
        return None
    field = kind.fields[kind.timeline.at]
    if not reading.may_read(person, field):
        return None
    table = table_of(kind.key)
    at, link = table.c[field.column], table.c[kind.fields[kind.parent].column]
    shown = {key for key in PLACE.findall(kind.timeline.text) if key in kind.fields}
    keys = sorted({"id", "created_by", kind.title, kind.timeline.at, *shown})
    select = (
        sa.select(*reach.columns(kind, person, keys, ()))
        .where(link == record.id, at.is_not(None), table.c.archived_at.is_(None), reach.rows(person, "view", kind))
        .order_by(at.desc(), table.c.id.desc())
        .limit(limit)
    )
    if place is not None:
        select = select.where(place.behind(kind.key, at, table.c.id, field.type.at(place.at)))
    return Newest(kind, select.subquery(f"newest_{kind.key}"))


def _moment(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time.min, tzinfo=clock.zone()).astimezone(clock.now().tzinfo)


def _item(child: Record) -> Item:
    kind, timeline = child.entity, child.entity.timeline
    assert timeline is not None
    text = PLACE.sub(lambda match: child.text(match[1]) if match[1] in child.values else "", timeline.text)
    return Item(
        at=_moment(child[timeline.at]),
        kind=kind.key,
        id=child.values["id"],
        title=child.title,
        text=" ".join(text.split()),
        icon=timeline.icon or kind.icon,
        by=child.text("created_by"),
        record_id=child.values["id"],
    )
