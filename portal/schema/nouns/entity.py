"""`entities/<key>.yml`: a kind of record, its fields and layouts."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from portal.fields import Text
from portal.schema.nouns.base import Key, Noun, Words, parse_duration
from portal.schema.nouns.condition import When
from portal.schema.nouns.golden import ProvenNoun

if TYPE_CHECKING:
    from portal.schema.entity import Entity


def _retention(value: object) -> object:
    parse_duration(value)
    return value


Retention = Annotated[str, AfterValidator(_retention)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class FieldNoun(BaseModel):
    """A field: what all types share; the keys beyond these belong to its type and are checked by it."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str
    label: Text
    help: Text | None = None
    required: bool = False
    unique: bool = False
    default: Any = None
    filterable: bool | None = None
    sortable: bool | None = None
    visible_when: When | None = None
    required_when: When | None = None
    read_only_when: When | None = None
    sensitivity: Literal["public", "internal", "personal", "sensitive"] = "internal"
    purpose: str | None = None
    retention: Retention | None = None
    was: Key | None = None


class SectionNoun(Noun):
    """A titled group of fields on the form."""

    section: Text
    fields: Words


class ListNoun(Noun):
    """Columns, order and filters of the list page; a choice for its `board` of cards, a date for its `calendar`."""

    columns: Words = ()
    sort: Words = ("-updated_at",)
    filters: Words = ()
    board: Key | None = None
    calendar: Key | None = None


class TimelineNoun(Noun):
    """How records show on their parent's timeline."""

    at: str
    text: str
    icon: str = ""


class EntityNoun(ProvenNoun):
    """A kind of record with its own pages, import, permissions and search; its `tests` try the formulas."""

    named: ClassVar[str] = "entity"
    entity: Key
    label: Text
    plural: Text
    description: Text | None = None
    slug: Slug
    icon: str = "folder"
    menu: int | None = None
    title: str
    parent: str | None = None
    timeline: TimelineNoun | None = None
    search: Words = ()
    fields: dict[Key, FieldNoun]
    form: tuple[SectionNoun, ...] = ()
    list: ListNoun = ListNoun()

    @property
    def asked(self) -> str:
        """Return the entity itself."""
        return self.entity

    def outcome_in(self, entity: "Entity", values: Mapping[str, Any], now: datetime) -> object:
        """Return what the formulas give, by their fields."""
        found = {key: field.expression for key, field in entity.fields.items() if field.expression is not None}
        return {key: expression.value(values) for key, expression in found.items()}
