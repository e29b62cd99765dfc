"""`messages/<key>.yml`: the template of an e-mail with merge fields and their fallbacks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_

from portal.fields import Text
from portal.schema.nouns.base import Key, Noun
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog


class MessageNoun(Noun):
    """A message to records of `on`: `{{ name }}` places are filled per recipient, `fallbacks` for empty values."""

    named: ClassVar[str] = "message"
    message: Key
    label: Text
    on: str = "customer"
    channel: Literal["email"] = "email"
    purpose: Literal["marketing", "service"] = "marketing"
    subject: str
    body: str
    fallbacks: dict[str, str] = Key_(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        """Return whether agents may choose it as a reply to a ticket."""
        return self.purpose == "service" and self.on == "ticket"

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity and the fields with a fallback."""
        entity = catalog.entities.get(self.on)
        if entity is None:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
            return
        for field in self.fallbacks:
            if field.split(".")[0] not in entity.fields:
                yield unknown(("fallbacks", field), field, entity.fields, _l("field"))
