"""Entities that stand above each other in a ring: rights come down from parents, so they would come from nowhere."""

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l

from portal.schema.catalog import Catalog
from portal.schema.entity import Entity
from portal.schema.problems import Fault


def parents(catalog: Catalog, entity: Entity) -> Iterator[Fault]:
    """Warn of an entity whose parents lead back to it; a tree of its own kind gives no rights and is no ring."""
    way = [entity.key]
    while (above := _above(catalog, way[-1])) and above not in way:
        way.append(above)
    if above == entity.key and len(way) > 1:
        message = _l("parents in a ring: %(way)s", way=" → ".join([*way, above]))
        yield Fault(("parent",), message, _l("records that have a parent would be seen by nobody"), "warning")


def _above(catalog: Catalog, key: str) -> str | None:
    entity = catalog.entities.get(key)
    field = entity.fields.get(entity.parent or "") if entity else None
    return field.type.target if field else None
