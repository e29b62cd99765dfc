"""What belongs to a record and goes over to the one it is merged into: rows of system tables and references."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal import audit, events, schema
from portal.extensions import db
from portal.fields import Field
from portal.records import link_index, tables
from portal.schema import Entity
from portal.security import Actor

CHUNK = 5000
Told = tuple[Entity, Field, dict[int, tuple[Any, Any]]]
Moved = dict[str, Any]  # as data of a merge: {"table" or "entity" and "field", "ids"} or with "before" and "after"


@dataclass(frozen=True)
class Belonging:
    """Rows of a system table that hang on a record; of those with the same `unique` values the survivor's stay."""

    table: sa.Table
    of_entity: Any  # makes of an entity's key the predicate that rows are about records of it
    unique: tuple[str, ...] = ()

    def ids(self, entity: str, holder: int, other: int) -> list[int]:
        """The rows that can go from one record to another."""
        table = self.table
        select = sa.select(table.c.id).where(self.of_entity(entity), table.c.record_id == holder)
        if self.unique:
            there = table.alias()
            same = sa.and_(*(there.c[name] == table.c[name] for name in self.unique))
            select = select.where(~sa.exists().where(there.c.record_id == other, same))
        return list(db.session.scalars(select.order_by(table.c.id)))

    def move(self, ids: list[int], holder: int, other: int) -> int:
        """Hand rows over, those that still hang on `holder`; return how many."""
        moved = 0
        for some in _chunks(ids):
            mine = sa.and_(self.table.c.id.in_(some), self.table.c.record_id == holder)
            done: Any = db.session.execute(sa.update(self.table).where(mine).values(record_id=other))
            moved += done.rowcount
        return moved


_belongings: dict[str, Belonging] = {}


def register(model: Any, of_entity: Any = None, unique: tuple[str, ...] = ()) -> None:
    """Let rows of a system table go over in a merge; it has `id`, `record_id`, and `entity` unless told otherwise."""
    table = model.__table__
    _belongings[table.name] = Belonging(table, of_entity or (lambda entity: table.c.entity == entity), unique)


def hand_over(entity: str, loser: int, survivor: int) -> list[Moved]:
    """Hand over all rows of system tables."""
    found = []
    for name, belonging in sorted(_belongings.items()):
        ids = belonging.ids(entity, loser, survivor)
        if ids:
            belonging.move(ids, loser, survivor)
            found.append({"table": name, "ids": ids})
    return found


def hand_back(moved: Moved, loser: int, survivor: int) -> int:
    """Give rows of a system table back; return how many had gone elsewhere meanwhile."""
    belonging = _belongings.get(moved["table"])
    return len(moved["ids"]) - (belonging.move(moved["ids"], survivor, loser) if belonging else 0)


def pointing(entity_key: str) -> Iterator[tuple[Entity, Field]]:
    """The stored fields of all entities that point at records of this one."""
    for entity in schema.releases.base().stored.values():
        for field in entity.fields.values():
            if field.type.target == entity_key and field.physical and field.expression is None:
                yield entity, field


def held(entity: Entity, field: Field, target: int) -> dict[int, Any]:
    """The records that point at the target by this field, with the whole value."""
    table = tables.table_of(entity.key)
    column = table.c[field.column]
    if field.type.is_linking:
        links = field.links
        select = sa.select(table.c.id, column).join(links, links.c.record_id == table.c.id)
        select = select.where(links.c.pointed_id == target)
    else:
        select = sa.select(table.c.id, column).where(column == target)
    return dict(db.session.execute(select.order_by(table.c.id)).all())


def write(entity: Entity, field: Field, values: dict[int, Any]) -> None:
    """Give records other values in one field; their version rises, the time of their last change stays."""
    table = tables.table_of(entity.key)
    statement = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("which"))
        .values({field.column: sa.bindparam("told", type_=table.c[field.column].type), "version": table.c.version + 1})
    )
    db.session.connection().execute(statement, [{"which": id_, "told": value} for id_, value in values.items()])
    if field.type.is_linking:
        link_index.replace(entity, [(id_, {field.key: value}) for id_, value in values.items()])


def tell(entity: Entity, field: Field, changed: dict[int, tuple[Any, Any]], by: Actor) -> None:
    """Write into the audit log, and tell the rules, that records point elsewhere."""
    if changed:
        dump = field.type.dump
        lines = [(id_, {"changes": {field.key: [dump(old), dump(new)]}}) for id_, (old, new) in changed.items()]
        audit.record_many("record.changed", by=by, entity=entity.key, lines=lines)
        told = {"ids": list(changed), "fields": [field.key]}
        release = schema.current().release
        events.tell("records.changed", entity=entity.key, data=told, by=by, release=release)


def tell_all(entity_key: str, ends: tuple[int, int], moved: list[Told], by: Actor) -> None:
    """Tell of everything that moved between two records, once all of it is written.

    First their figures are worked out anew: a rule that saw half of them moved might set what then stays for days.
    """
    for record_id in ends:
        events.tell(
            "relations.moved", entity=entity_key, record_id=record_id, data={}, by=by, release=schema.current().release
        )
    for entity, field, changed in moved:
        tell(entity, field, changed, by)


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
