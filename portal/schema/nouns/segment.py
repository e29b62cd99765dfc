"""`segments/<key>.yml`: a named set of records, live by condition."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from flask_babel import lazy_gettext as _l

from portal.fields import Text
from portal.schema.nouns.base import Key, Noun
from portal.schema.nouns.condition import When
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog


class SegmentNoun(Noun):
    """The records of `on` that meet the condition now."""

    named: ClassVar[str] = "segment"
    segment: Key
    label: Text
    help: Text | None = None
    on: str
    when: When

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity."""
        if self.on not in catalog.entities:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
