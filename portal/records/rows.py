"""Writing rows: the values of fields put into columns, with what every row keeps of itself."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from portal import clock
from portal.extensions import db
from portal.records import at_rest, beginnings, counters, footing, link_index, reach
from portal.records.record import Record
from portal.records.tables import table_of
from portal.schema import Entity
from portal.security import Actor, Person
from portal.writing import insert_many

Values = dict[str, Any]


def insert(entity: Entity, many: Sequence[Values], by: Actor) -> list[int]:
    """Store new rows and return their ids in the same order; what every row keeps of itself is added to the values."""
    footing.take(entity.key)
    _number(entity, many)
    now = clock.now()
    own = {"version": 1, "created_at": now, "updated_at": now, "created_by": by.id, "updated_by": by.id}
    for values in many:
        values.update({key: value for key, value in own.items() if values.get(key) is None})
    given = beginnings.give(entity, many)
    table = table_of(entity.key)
    ids = _take_ids(table, len(many)) if len(many) > 1 or at_rest.is_asked(entity, many) else None
    for id_, values in zip(ids or (), many, strict=bool(ids)):
        values["id"] = id_
    keys = sorted({key for values in many for key in values})
    written = at_rest.stored_many(entity, keys, many)
    if ids is None:
        ids = list(db.session.scalars(sa.insert(table).returning(table.c.id), written))
        many[0]["id"] = ids[0]
    else:
        insert_many(table, written)
    link_index.add(entity, list(zip(ids, many, strict=True)))
    beginnings.follow(entity, ids, given)
    return ids


def _take_ids(table: sa.Table, count: int) -> list[int]:
    """Ids for new rows, known before they are written: asking for them afterwards costs a statement for each row."""
    if db.engine.dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        taken = sa.select(sa.func.nextval(sequence)).select_from(sa.func.generate_series(1, count).table_valued("n"))
        return sorted(db.session.scalars(taken))
    last = db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))) or 0  # we hold the write lock
    return list(range(last + 1, last + count + 1))


def update(
    record: Record, values: Values, by: Actor, *, version: int, quiet: bool = False, action: str = "edit"
) -> bool:
    """Write values over a row that still has the version; False when it has not, or is out of the person's reach."""
    entity, table = record.entity, table_of(record.entity.key)
    footing.take(entity.key)
    if not quiet:
        values |= {"version": version + 1, "updated_at": clock.now(), "updated_by": by.id}
    statement = (
        sa.update(table)
        .where(table.c.id == record.id, table.c.version == version, reach.rows(by, action, entity))
        .values(at_rest.stored(entity, record.id, values))
    )
    is_written = bool(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]
    if is_written:
        link_index.replace(entity, [(record.values["id"], values)])
    return is_written


def keep_in_step(many: Sequence[Values], by: Actor) -> None:
    """Give every row that gets an owner the team and the office of that owner."""
    owners = {values["owner"] for values in many if values.get("owner") is not None}
    found: dict[int, tuple[int | None, int | None]] = {}
    if isinstance(by, Person) and by.id in owners:
        found[by.id] = (by.team_id, by.office_id)
    if owners - found.keys():
        select = sa.select(Person.id, Person.team_id, Person.office_id).where(Person.id.in_(owners - found.keys()))
        found |= {id_: (team, office) for id_, team, office in db.session.execute(select)}
    for values in many:
        if values.get("owner") is not None:  # without an owner a record stays with the office it is in
            values["team"], values["office"] = found.get(values["owner"], (None, None))


def _number(entity: Entity, many: Sequence[Values]) -> None:
    for key, field in entity.fields.items():
        blank = [values for values in many if values.get(key) is None] if field.type.is_automatic else []
        if blank:
            name = f"{entity.key}.{field.column}"
            for values, number in zip(blank, counters.take(name, len(blank)), strict=True):
                values[key] = field.type.number_text(number)  # type: ignore[attr-defined]
