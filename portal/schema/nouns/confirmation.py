"""`confirmations/<key>.yml`: which fields of a record its customer is asked to confirm by a signed link, and how."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_

from portal.fields import Text
from portal.schema.nouns.base import Duration, Key, Noun, Words
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog
    from portal.schema.entity import Entity

DAY = timedelta(days=1)
LONGEST = timedelta(days=60)


class ConfirmationNoun(Noun):
    """A letter to the address in the field `to`, with a link under which the customer sees `shows` and `asks`.

    Only what `asks` names can be changed. A change waits for the owner, or with `straight: true` goes in at once;
    "all right" is kept in the date field `stamps`. Nobody is asked twice within `again_after`.
    """

    named: ClassVar[str] = "confirmation"
    confirmation: Key
    label: Text
    help: Text | None = None
    on: str
    to: str = "email"
    shows: Words = ()
    asks: Words = Key_(min_length=1)
    stamps: str
    straight: bool = False
    expires: Duration = timedelta(days=14)
    again_after: Duration = timedelta(days=1)
    subject: Text
    text: Text
    consent: Text

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity, every field, and that the link ends."""
        entity = catalog.entities.get(self.on)
        if entity is None:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
            return
        yield from self._field_faults(entity)
        if not DAY <= self.expires <= LONGEST:
            yield Fault(("expires",), _l("give 1 to 60 days"))

    def _field_faults(self, entity: "Entity") -> Iterator[Fault]:
        for key in ("to", "stamps"):
            name = getattr(self, key)
            if name not in entity.fields:
                yield unknown((key,), name, entity.fields, _l("field"))
        stamp = entity.fields.get(self.stamps)
        if stamp is not None and (not stamp.type.is_time or stamp.computed):
            yield Fault(("stamps",), _l("give a field of dates or moments"))
        for word in ("shows", "asks"):
            for place, key in enumerate(getattr(self, word)):
                field = entity.fields.get(key)
                if field is None:
                    yield unknown((word, place), key, entity.fields, _l("field"))
                elif field.sensitivity == "sensitive":
                    yield Fault((word, place), _l("a sensitive field does not leave the house"))
                elif word == "asks" and (field.type.target or field.type.is_upload or key not in entity.writable()):
                    yield Fault((word, place), _l("a customer cannot fill in this field"))
