"""What comes next for a record: the soonest of its children that stand as they are asked for."""

from typing import Any

import sqlalchemy as sa

from portal.extensions import db
from portal.records import links, prepared, reach, reading
from portal.records.record import Record
from portal.records.tables import table_of
from portal.schema import Entity
from portal.security import policy


def soonest(record: Record, kind: Entity, *, by: str, limit: int, **stands: str) -> list[Record]:
    """The first children of a kind by a day, those without one last; `stands` names fields with the values they hold.

    Nothing where the record's viewer may not read these fields, for the choice would tell their values.
    """
    fields = kind.fields
    asked = [fields.get(key) for key in (kind.parent or "", by, *stands)]
    if not policy.can(record.person, "view", kind.key):
        return []
    if not all(reading.may_read(record.person, field) for field in asked):
        return []

    def build(who: Any, id_: Any) -> sa.Select[Any]:
        table = table_of(kind.key)
        day, link = table.c[fields[by].column], table.c[fields[kind.parent or ""].column]
        where = [table.c[fields[key].column] == value for key, value in stands.items()]
        keys = sorted({"id", "version", kind.title, by})
        open_ = sa.select(*reach.columns(kind, who, keys, ())).where(link == id_, table.c.archived_at.is_(None), *where)
        return open_.where(reach.rows(who, "view", kind)).order_by(day.is_(None), day, table.c.id).limit(limit)

    what = ("soonest", by, limit, *stands.items())
    statement, places = prepared.prepare(what, kind, record.person, record.id, build)
    found = reach.records(kind, record.person, db.session.execute(statement, places).mappings())
    links.label(found)
    return found
