"""Values a new type could not take: kept in the old column, listed for each release that changed a type."""

from itertools import chain

import sqlalchemy as sa
from flask import Response
from flask_login import current_user

from portal import audit, schema
from portal.blueprints.attachments import attached, csv_lines
from portal.blueprints.studio.blueprint import bp
from portal.errors import NotFound
from portal.records import reach, reading, retype, tables
from portal.schema import changes, releases
from portal.security import policy


def retyped(number: int) -> list[changes.Change]:
    """Return the fields to which a release gave another type."""
    if number < 2:
        return []
    plan = changes.plan(releases.catalog(number - 1), releases.catalog(number))
    return [change for change in plan.changes if change.kind == "retype"]


@bp.get("/releases/<int:number>/unconverted/<key>/<name>.csv")
@policy.requires("studio.edit")
def unconverted(number: int, key: str, name: str) -> Response:
    """The values of one field that are still without a counterpart, of the records the asker may take out."""
    found = (one for one in retyped(number) if one.entity == key and one.field and one.field.key == name)
    change = next(found, None)
    if change is None or change.field is None or change.before is None:
        raise NotFound
    entity = schema.current().entities.get(key)
    if entity is None or not reading.may_read(current_user, change.before):
        raise NotFound
    table = tables.build(releases.catalog(number), key)
    now = tables.table_of(key)  # what the rights ask for may be younger than that release
    mine = table.c.id.in_(sa.select(now.c.id).where(reach.rows(current_user, "export", entity)))
    audit.record("schema.unconverted", by=current_user, entity=key, data={"field": name, "release": number})
    found_values = retype.unconverted(change.field, change.before, table, mine)
    rows = reading.passing(current_user, change.before, found_values)
    lines = chain([("id", change.before.key)], rows)
    return attached(csv_lines(lines), f"{key}-{name}-{number}.csv")
