"""`providers/<key>.yml`: another system that is asked for values of a record, and the fields they belong to."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_

from portal.fields import Text
from portal.schema.nouns.base import Duration, Key, Noun, Words
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog
    from portal.schema.entity import Entity

HOUR = timedelta(hours=1)
PATH = re.compile(r"[^.\s]+(\.[^.\s]+)*")


class ProviderNoun(Noun):
    """A system at `url`, where `{match}` stands for the value of the field `match`, that answers in JSON.

    `values` says for our fields where their value stands in the answer: keys and places of lists with dots between,
    such as `data.address` or `people.0.name`. Empty fields named in `fill` take it; what differs waits for a person.
    The secret is named, not said: PORTAL_PROVIDER_SECRETS holds it, and the header `header` carries it.
    """

    named: ClassVar[str] = "provider"
    provider: Key
    label: Text
    help: Text | None = None
    on: str
    match: str
    url: str
    method: Literal["get", "post"] = "get"
    secret: Key | None = None
    header: str = "Authorization"
    prefix: str = "Bearer "
    values: dict[Key, str] = Key_(min_length=1)
    fill: Words = ()
    refresh: Duration = timedelta(days=30)

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity, the fields, the address and every path."""
        entity = catalog.entities.get(self.on)
        if entity is None:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
            return
        yield from self._address_faults()
        yield from self._field_faults(entity)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,60}", self.header):
            yield Fault(("header",), _l('a header reads like "Authorization"'))
        if self.refresh < HOUR:
            yield Fault(("refresh",), _l("give an hour or more"))

    def _address_faults(self) -> Iterator[Fault]:
        parts = urlsplit(self.url.replace("{match}", "x"))
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            yield Fault(("url",), _l('an address reads like "https://erp.example.cn/hooks/customer"'))
        elif "{match}" not in self.url or "{match}" in urlsplit(self.url).netloc:
            yield Fault(("url",), _l('"{match}" must stand in the path or behind it'))

    def _field_faults(self, entity: "Entity") -> Iterator[Fault]:
        if self.match not in entity.fields:
            yield unknown(("match",), self.match, entity.fields, _l("field"))
        for key, path in self.values.items():
            field = entity.fields.get(key)
            if field is None:
                yield unknown(("values", key), key, entity.fields, _l("field"))
            elif key not in entity.writable() or field.type.target or field.type.is_upload:
                yield Fault(("values", key), _l("no value from outside can go into this field"))
            if not PATH.fullmatch(path):
                yield Fault(("values", key), _l('a path reads like "data.address" or "people.0.name"'))
        for place, key in enumerate(self.fill):
            if key not in self.values:
                yield unknown(("fill", place), key, self.values, _l("field"))
