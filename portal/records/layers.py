"""Which office's words hold for a record: those of the office that keeps it, not of whoever looks at it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from portal import schema
from portal.extensions import db
from portal.fields import FieldError
from portal.records.record import Record
from portal.schema import Entity
from portal.security import Person, offices

NOTHING: Mapping[str, Any] = {}


def stored(entity: Entity) -> Entity:
    """The entity with the fields of all offices, as its table has them."""
    return schema.releases.base().stored.get(entity.key, entity)


def kept_by(entity: Entity, office_id: int | None) -> Entity:
    """The entity as the office has it that keeps a record; without overlays it is the same for all."""
    if not schema.releases.base().overlaid:
        return entity
    return offices.catalog_of(office_id).entities.get(entity.key, entity)


def at_home(record: Record) -> Record:
    """The record by the words of its own office, without what only other offices keep."""
    entity = kept_by(record.entity, record.values.get("office"))
    if not schema.releases.base().overlaid:
        return record
    return replace(record, entity=entity, values={key: record.values.get(key) for key in entity.fields}, known={})


def of_owner(entity: Entity, values: Mapping[str, Any]) -> Entity:
    """The entity as the office has it to which a new record with these values will belong."""
    return of_owners(entity, [values])[0]


def of_owners(entity: Entity, rows: Collection[Mapping[str, Any]], own: Mapping[str, Any] = NOTHING) -> list[Entity]:
    """The entity for each new row, by the office of its owner; `own` is what a row holds that does not say."""
    if not schema.releases.base().overlaid:
        return [entity] * len(rows)
    owners = [_owner(entity, row.get("owner", own.get("owner"))) for row in rows]
    select = sa.select(Person.id, Person.office_id).where(Person.id.in_({one for one in owners if one is not None}))
    office: dict[int, int | None] = dict(db.session.execute(select).all())
    places = [
        office.get(owner) if owner is not None else row.get("office") for owner, row in zip(owners, rows, strict=True)
    ]
    known = {place: kept_by(entity, place) for place in set(places)}
    return [known[place] for place in places]


def _owner(entity: Entity, raw: Any) -> int | None:
    try:
        found: int | None = entity.fields["owner"].type.parse(raw)
    except FieldError:
        return None
    return found
