"""The only gate to one record, or to some whose ids are known: 404 and 403 are decided here."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from portal.errors import Forbidden, NotFound
from portal.extensions import db
from portal.records import layers, links, prepared, reach
from portal.records.record import Record
from portal.records.tables import entity_of, table_of
from portal.security import Actor


def fetch(entity_key: str, record_id: int, person: Actor, action: str = "view") -> Record:
    """The record with all its fields, archived or not, by the words of the office that keeps it.

    Raises NotFound where the person may not see it, Forbidden where it is seen but the action is not allowed.
    """
    person, entity = reach.real(person), entity_of(entity_key)
    stored, table = layers.stored(entity), table_of(entity_key)

    def build(who: Actor, id_: Any) -> sa.Select[Any]:
        own = sa.select(*reach.columns(stored, who, stored.fields))
        return own.where(table.c.id == id_, reach.rows(who, "view", entity))

    statement, places = prepared.prepare("fetch", entity, person, record_id, build)
    found = db.session.execute(statement, places).mappings().first()
    if found is None:
        raise NotFound
    record = layers.at_home(reach.records(entity, person, [found])[0])
    if action != "view" and not record.may(action):
        raise Forbidden
    links.label([record])
    return record


def fetch_many(entity_key: str, ids: Collection[int], person: Actor) -> dict[int, Record]:
    """Those of a few records that the person may see, by their ids: in one statement, each as `fetch` gives it."""
    person, entity = reach.real(person), entity_of(entity_key)
    stored, table = layers.stored(entity), table_of(entity_key)
    own = sa.select(*reach.columns(stored, person, stored.fields))
    found = db.session.execute(own.where(table.c.id.in_(ids), reach.rows(person, "view", entity))).mappings().all()
    records = [layers.at_home(record) for record in reach.records(entity, person, found)]
    links.label(records)
    return {record.values["id"]: record for record in records}
