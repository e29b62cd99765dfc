"""Layouts that leave out what must be filled in."""

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l

from portal.schema.catalog import Catalog
from portal.schema.entity import Entity
from portal.schema.layout import Section
from portal.schema.problems import Fault


def layouts(catalog: Catalog, entity: Entity) -> Iterator[Fault]:
    """Warn of forms without a required field; the form asks for it below its sections all the same."""
    if entity.form:
        yield from _missing(entity, entity.form, ("form",))
    for role, layout in entity.layouts.items():
        if layout.form != entity.form and _writes(catalog, role, entity.key):
            yield from _missing(entity, layout.form, ("layouts", role, "form"))


def _missing(entity: Entity, form: tuple[Section, ...], path: tuple[str, ...]) -> Iterator[Fault]:
    shown = {key for section in form for key in section.fields}
    for key, field in entity.writable().items():
        if field.required and field.default is None and not field.type.is_automatic and key not in shown:
            message = _l('the form leaves out "%(name)s", which must be filled in', name=key)
            yield Fault(path, message, _l("people are asked for it below the sections"), severity="warning")


def _writes(catalog: Catalog, role: str, entity: str) -> bool:
    grants = catalog.roles[role].entities if role in catalog.roles else {}
    grant = grants.get(entity) or grants.get("any")
    return grant is not None and (grant.create or grant.edit != "none")
