"""Sensitive texts that stand plain in the database."""

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l

from portal.schema.entity import Entity
from portal.schema.problems import Fault


def sealing(entity: Entity) -> Iterator[Fault]:
    """Warn of texts that are sensitive and not encrypted, but for what titles and formulas need."""
    needed = {entity.title} | {key for one in entity.fields.values() if one.expression for key in one.expression.asks()}
    for key, field in entity.fields.items():
        if field.sensitivity == "sensitive" and field.type.sealable and not field.encrypted and key not in needed:
            message = _l("a sensitive field that is not encrypted")
            yield Fault(("fields", key), message, _l('"encrypted: true" seals it in the database'), "warning")
