"""What happened around a record, newest first: its children that speak on it, and sources that features bring."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from portal import clock
from portal.extensions import db
from portal.records import links, prepared, reach, reading, told
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
            moment = datetime.fromisoformat(at).astimezone(clock.now().tzinfo)
            clock.to_zone(moment)  # the first and the last day of the calendar have no neighbours
            return cls(moment, kind, int(id_))
        except (ValueError, OverflowError):
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
    found: list[tuple[tuple[datetime, str, int], Any]] = list(_told(record, sources, person, place, limit))
    speaking = [kind for kind in record.entity.children() if kinds is None or kind.key in kinds]
    found += [(_place_of(child), child) for child in _children(record, speaking, person, place, limit)]
    newest = [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)[:limit]]
    links.label([one for one in newest if isinstance(one, Record)])
    # Words are made for these alone: what is not shown is not seen either.
    return [_item(one) if isinstance(one, Record) else _sources[one.kind].item(one, record, person) for one in newest]


def _told(
    record: Record, sources: Collection[Source], person: Actor, place: Place | None, limit: int
) -> Iterator[tuple[tuple[datetime, str, int], Any]]:
    def build(who: Actor, id_: Any) -> sa.Select[Any] | None:
        about = told.About(record.entity, id_)
        parts = [rows for source in sources if (rows := _rows(source, about, who, place)) is not None]
        return told.newest(parts, limit) if parts else None

    what = None if place else ("told", tuple(sources), limit)
    statement, places = prepared.prepare(what, record.entity, person, record.id, build)
    found = db.session.execute(statement, places) if statement is not None else ()
    yield from (((told.moment(row), row.kind, row.id), row) for row in found)


def _rows(source: Source, about: told.About, who: Actor, place: Place | None) -> sa.Select[Any] | None:
    rows = source.rows(about, who)
    if rows is None or place is None:
        return rows
    own = rows.selected_columns
    return rows.where(place.behind(source.kind, _bare(own["at"]), _bare(own["id"])))


def _bare(column: Any) -> Any:
    """A column without the name that a part gave it."""
    return getattr(column, "element", column)


@dataclass(frozen=True)
class Newest:
    """The newest children of one kind: each column by the key of its field."""

    kind: Entity
    rows: sa.Subquery


@dataclass(frozen=True)
class Children:
    """One statement for the newest children of all kinds; `shape` names kind and key of each column."""

    kinds: Mapping[str, Entity]
    shape: list[tuple[str, str, Any]]
    rows: Any


def _children(
    record: Record, speaking: Collection[Entity], person: Actor, place: Place | None, limit: int
) -> Iterator[Record]:
    def build(who: Actor, id_: Any) -> Children | None:
        return _united([_newest(id_, kind, who, place, limit) for kind in speaking])

    what = None if place else ("children", tuple(kind.key for kind in speaking), limit)
    built, places = prepared.prepare(what, record.entity, person, record.id, build)
    if built is None:
        return
    found: dict[str, list[dict[str, Any]]] = {key: [] for key in built.kinds}
    names: dict[str, list[tuple[str, int]]] = {}
    for at, (key, name, _type) in enumerate(built.shape, 1):
        names.setdefault(key, []).append((name, at))
    for row in db.session.execute(built.rows, places):
        found[row[0]].append({name: row[at] for name, at in names[row[0]]})
    for key, rows in found.items():
        yield from reach.records(built.kinds[key], person, rows)


def _united(parts: Iterable[Newest | None]) -> Children | None:
    """The children of all kinds in one statement: every kind has columns of its own, empty for the others."""
    asked = {part.kind.key: part for part in parts if part is not None}
    if not asked:
        return None
    shape = [(key, str(column.key), column.type) for key, part in asked.items() for column in part.rows.c]
    arms = []
    for own, part in asked.items():
        mine = [part.rows.c[name] if key == own else sa.cast(sa.null(), type_) for key, name, type_ in shape]
        labels = [column.label(f"{key} {name}") for column, (key, name, _type) in zip(mine, shape, strict=True)]
        arms.append(sa.select(told.constant(own).label("kind"), *labels))
    return Children({key: part.kind for key, part in asked.items()}, shape, sa.union_all(*arms))


def _newest(record_id: Any, kind: Entity, person: Actor, place: Place | None, limit: int) -> Newest | None:
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
        .where(link == record_id, at.is_not(None), table.c.archived_at.is_(None), reach.rows(person, "view", kind))
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


def _place_of(child: Record) -> tuple[datetime, str, int]:
    assert child.entity.timeline is not None
    return _moment(child[child.entity.timeline.at]), child.entity.key, child.values["id"]


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
