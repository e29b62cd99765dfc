"""What stands above what while two records become one or part again: no way of it leads around or too deep."""

from typing import Any

import sqlalchemy as sa

from portal.errors import Invalid
from portal.extensions import db
from portal.fields import Field
from portal.records import Record, constraints, tables
from portal.schema import Entity


def above(entity: Entity, field: Field, survivor: int) -> set[int]:
    """The survivor and those it stands below by this field: they cannot come to stand below it."""
    found, table = {survivor}, tables.table_of(entity.key)
    at: int | None = survivor
    while field.type.is_ranking and at is not None:
        at = db.session.scalar(sa.select(table.c[field.column]).where(table.c.id == at))
        if at in found:
            break
        found |= {at} if at is not None else set()
    return found


def refused(entity: Entity, field: Field, values: dict[int, Any]) -> set[int]:
    """Which of these records (id → value) would come to stand below themselves, or too deep."""
    if field.type.target != entity.key:
        return set()
    rows = [(id_, {field.key: value}) for id_, value in values.items()]
    return {rows[at][0] for at, _why in constraints.misplaced(entity, field, rows)}


def may_take(record: Record, field: Field, value: Any) -> bool:
    """Whether the record can stand where another stood."""
    return not refused(record.entity, field, {record.values["id"]: value})


def check(entity: Entity, survivor: int) -> None:
    """Raise Invalid where the survivor, with all that stands below it by now, cannot stand where it does."""
    table = tables.table_of(entity.key)
    for field in entity.fields.values():
        if field.type.target == entity.key and field.type.is_ranking:
            held = db.session.scalar(sa.select(table.c[field.column]).where(table.c.id == survivor))
            for _at, why in constraints.misplaced(entity, field, [(survivor, {field.key: held})]):
                raise Invalid({field.key: why})
