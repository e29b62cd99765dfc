"""`tags/<key>.yml`: a group of tags that people set by hand or that a rule sets and takes away."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from pydantic import model_validator

from portal.fields import Text
from portal.schema.nouns.base import Colour, Duration, Key, Noun
from portal.schema.nouns.condition import When
from portal.schema.nouns.golden import ProvenNoun
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog


class TagNoun(Noun):
    """One tag: how it looks, the rule that sets it (none: by hand), how long it stays after the rule fails, and when
    it expires although the rule still holds."""

    label: Text | None = None
    colour: Colour | None = None
    when: When | None = None
    stays: Duration | None = None
    expires: Duration | None = None


class TagsNoun(ProvenNoun):
    """A group of tags on one entity, kept in one of its fields of type tags."""

    named: ClassVar[str] = "tags"
    tags: Key
    label: Text
    on: str
    field: str = "tags"
    colour: Colour = "azure"
    values: dict[str, TagNoun]

    def outcome(self, values: Mapping[str, Any], now: datetime) -> object:
        """Return the tags whose rule holds; those set by hand are not among them."""
        return [key for key, tag in self.values.items() if tag.when is not None and tag.when.matches(values, now)]

    @model_validator(mode="before")
    @classmethod
    def _bare_tags(cls, data: object) -> object:
        """Let `决策人:` with nothing behind it stand for a tag without settings."""
        if isinstance(data, dict) and isinstance(data.get("values"), dict):
            return {**data, "values": {key: {} if tag is None else tag for key, tag in data["values"].items()}}
        return data

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity and the field."""
        entity = catalog.entities.get(self.on)
        if entity is None:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
        elif self.field not in entity.fields:
            yield unknown(("field",), self.field, entity.fields, _l("field"))
        for key, tag in self.values.items():
            if tag.when is None and (tag.stays or tag.expires):
                hint = _l("give it a rule, or leave it to the people who set it")
                yield Fault(("values", key), _l("only a tag with a rule (when) can stay or expire"), hint)
