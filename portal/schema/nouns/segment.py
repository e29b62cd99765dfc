"""`segments/<key>.yml`: a named set of records, live by condition."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l

from portal.fields import Text
from portal.schema.nouns.base import Key
from portal.schema.nouns.condition import When
from portal.schema.nouns.golden import ProvenNoun
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog


class SegmentNoun(ProvenNoun):
    """The records of `on` that meet the condition now."""

    named: ClassVar[str] = "segment"
    segment: Key
    label: Text
    help: Text | None = None
    on: str
    when: When

    def outcome(self, values: Mapping[str, Any], now: datetime) -> object:
        """Return whether a record like this is in the segment."""
        return self.when.matches(values, now)

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity."""
        if self.on not in catalog.entities:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
