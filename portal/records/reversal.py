"""Taking back what one deed did to many records, read from the audit log; what a person changed since stays."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal import clock, schema, vault
from portal.audit import AuditLine
from portal.extensions import db, transaction
from portal.records import bulk, constraints, layers, recall
from portal.records.entry import Values, changes
from portal.records.formulas import worked_out
from portal.records.tables import entity_of, table_of
from portal.schema import Entity, former
from portal.security import Actor

CHANGED, TAKEN, USED, MISPLACED = "changed", "taken", "used", "misplaced"  # why a record stays as it is
HANDING = "pool."  # whoever takes a record or hands it back has their hands on it
Lines = Sequence[Any]


@dataclass(frozen=True)
class Kept:
    """Why a record was left as it is: a person changed it since, its old value is taken by now, others point at it,
    or it would come to stand below itself.
    """

    why: str
    by_name: str = ""
    at: datetime | None = None


@dataclass
class Reversal:
    """What became of the records: archived as they were new, restored to what they were, or kept as they are."""

    archived: list[int] = field(default_factory=list)
    restored: list[int] = field(default_factory=list)
    kept: dict[int, Kept] = field(default_factory=dict)


@dataclass(frozen=True)
class Cause:
    """The deed that the audit lines name, as in {"import": 7}, and the moment before which it did nothing."""

    key: str
    id: int
    since: datetime

    @property
    def undo(self) -> dict[str, list[Any]]:
        """What the lines of the reversal say."""
        return {"undo": [self.key, self.id]}


def take_back(entity_key: str, ids: Collection[int], cause: Cause, *, by: Actor) -> Reversal:
    """Undo what the cause did to these records, in one transaction; a record that was undone already is passed over.

    New records are archived and give their unique values free, so that the same may be brought in again. Rules that
    changed a record (nobody's name stands there) do not keep it. Whoever calls decides whether the person may.
    """
    entity, found = layers.stored(entity_of(entity_key)), Reversal()
    with transaction():
        held = _held(entity, ids)
        fresh, own_lines = set[int](), dict[int, list[Any]]()
        for id_, lines in _lines(entity, list(held), cause).items():
            own = [line for line in lines if line.data.get(cause.key) == cause.id]
            if not own or any(line.data.get("undo") == cause.undo["undo"] for line in lines):
                continue
            since = next(_by_people([line for line in lines if line.id > own[0].id], cause), None)
            if since is not None:
                found.kept[id_] = Kept(CHANGED, since.by_name, since.at)
            elif any(line.action == "record.created" for line in own):
                fresh.add(id_)
            else:
                own_lines[id_] = own
        older = _before(entity, own_lines)
        for id_ in _used(entity, fresh):
            fresh.discard(id_)
            found.kept[id_] = Kept(USED)
        for id_ in _taken(entity, older):
            del older[id_]
            found.kept[id_] = Kept(TAKEN)
        for id_ in _misplaced(entity, older):
            del older[id_]
            found.kept[id_] = Kept(MISPLACED)
        freed = {key: None for key, one in entity.fields.items() if one.unique and not one.type.is_automatic}
        gone = {"archived_at": clock.now(), **freed}
        _write(entity, {id_: dict(gone) for id_ in fresh}, held, "archived", cause, by)
        _write(entity, older, held, "changed", cause, by)
        found.archived, found.restored = sorted(fresh), sorted(older)
    return found


def gone_again(entity_key: str, ids: Collection[int]) -> set[int]:
    """Which of these archived records are there only because their creation was undone."""
    found: dict[int, bool] = {}
    for chunk in constraints.chunks(ids):
        lines = sa.select(AuditLine.record_id, AuditLine.data).where(
            AuditLine.entity == entity_key, AuditLine.record_id.in_(chunk), AuditLine.action == "record.archived"
        )
        found |= {id_: "undo" in (data or {}) for id_, data in db.session.execute(lines.order_by(AuditLine.id))}
    return {id_ for id_, is_undone in found.items() if is_undone}


def _held(entity: Entity, ids: Collection[int]) -> dict[int, Values]:
    """The records, locked: whoever saves one waits, and then meets another version."""
    table = table_of(entity.key)
    columns = [table.c[one.column].label(key) for key, one in entity.fields.items()]
    held: dict[int, Values] = {}
    for chunk in constraints.chunks(sorted(set(ids))):
        select = sa.select(*columns).where(table.c.id.in_(chunk)).order_by(table.c.id)
        held |= {row["id"]: dict(row) for row in db.session.execute(select.with_for_update()).mappings()}
    return held


def _lines(entity: Entity, ids: Sequence[int], cause: Cause) -> dict[int, list[Any]]:
    """The lines of these records that tell changes, from the cause on, oldest first."""
    found: dict[int, list[Any]] = defaultdict(list)
    line = AuditLine
    for chunk in constraints.chunks(ids):
        select = sa.select(line.id, line.record_id, line.action, line.by_id, line.by_name, line.at, line.data).where(
            line.entity == entity.key, line.record_id.in_(chunk), line.at >= cause.since
        )
        for row in db.session.execute(select.order_by(line.id)):
            if "changes" in (row.data or {}) or row.action.startswith(HANDING):
                found[row.record_id].append(row)
    return found


def _by_people(lines: Lines, cause: Cause) -> Iterator[Any]:
    """The lines of people, but for the cause's own and for what was taken back again."""
    undone = [tuple(line.data["undo"]) for line in lines if "undo" in line.data]
    for line in lines:
        is_back = "undo" in line.data or any(line.data.get(key) == id_ for key, id_ in undone)
        if line.by_id is not None and line.data.get(cause.key) != cause.id and not is_back:
            yield line


def _before(entity: Entity, own: Mapping[int, Lines]) -> dict[int, Values]:
    """The values that stood there before the first of a record's lines, in the fields as they are called now.

    Formulas follow by themselves; a value of another type than the field has by now stays away.
    """
    told = vault.past.opened({id_: [line.data["changes"] for line in lines] for id_, lines in own.items()})
    known_as = former.of(entity)
    found: dict[int, Values] = {id_: {} for id_ in own}
    for id_, many in told.items():
        for line, changed in zip(own[id_], many, strict=True):
            for word, (old, _new) in changed.items():
                key = known_as.key_at(word, line.at)
                one = entity.fields.get(key)
                if one is not None and one.expression is None and not one.computed:
                    found[id_].setdefault(key, recall.value(one, old))
    return {
        id_: {key: value for key, value in values.items() if not isinstance(value, recall.OldForm)}
        for id_, values in found.items()
    }


def _used(entity: Entity, ids: Collection[int]) -> set[int]:
    """Which of these records others point at that people made."""
    found: set[int] = set()
    for other in schema.current().entities.values() if ids else ():
        table = table_of(other.key)
        alive = [table.c.archived_at.is_(None), table.c.created_by_id.is_not(None)]
        for one in other.fields.values():
            if one.type.target != entity.key or one.computed:
                continue
            pointed = one.links.c.pointed_id if one.type.is_linking else table.c[one.column]
            for chunk in constraints.chunks(ids):
                select = sa.select(pointed).where(pointed.in_(chunk), *alive)
                if one.type.is_linking:
                    select = select.join_from(one.links, table, table.c.id == one.links.c.record_id)
                if other.key == entity.key:
                    select = select.where(table.c.id.not_in(list(ids)))
                found.update(db.session.scalars(select))
    return found


def _taken(entity: Entity, older: Mapping[int, Values]) -> set[int]:
    """Which of these records would get back a unique value that another has by now."""
    rows = list(older.items())
    unique = [one for one in entity.fields.values() if one.unique]
    return {rows[at][0] for one in unique for at in constraints.taken(entity, one, rows)}


def _misplaced(entity: Entity, older: Mapping[int, Values]) -> set[int]:
    """Which of these records would stand below themselves, or too deep, if they stood again where they did."""
    rows = list(older.items())
    ranking = [one for one in entity.fields.values() if one.type.target == entity.key]
    return {rows[at][0] for one in ranking for at, _why in constraints.misplaced(entity, one, rows)}


def _write(
    entity: Entity, wanted: Mapping[int, Values], held: Mapping[int, Values], what: str, cause: Cause, by: Actor
) -> None:
    lines, keys = [], set[str]()
    for id_, values in wanted.items():
        before = held[id_]
        formulas = worked_out(entity, {**before, **values})
        lines.append((id_, {"changes": changes(entity, before, {**values, **formulas}, [*values, *formulas])}))
        keys |= values.keys()
        before.update(values)
    bulk.write(entity, {id_: held[id_] for id_ in wanted}, sorted(keys), by)
    bulk.tell(entity, what, lines, by, cause.undo)
