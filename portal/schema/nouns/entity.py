"""`entities/<key>.yml`: a kind of record, its fields and layouts."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from flask_babel import lazy_gettext as _l
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Key_

from portal.fields import Text
from portal.schema.nouns.base import Key, Noun, Words, parse_duration
from portal.schema.nouns.condition import When
from portal.schema.nouns.golden import ProvenNoun
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog
    from portal.schema.entity import Entity


def _retention(value: object) -> object:
    parse_duration(value)
    return value


Retention = Annotated[str, AfterValidator(_retention)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class Declaration(BaseModel):
    """What is declared by a type: keys beyond those of the model belong to the type and are checked by it."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str
    label: Text
    help: Text | None = None
    required: bool = False
    visible_when: When | None = None
    required_when: When | None = None


class FieldNoun(Declaration):
    """A field: what all types share; the keys beyond these belong to its type and are checked by it."""

    unique: bool = False
    default: Any = None
    filterable: bool | None = None
    sortable: bool | None = None
    read_only_when: When | None = None
    encrypted: bool = False
    sensitivity: Literal["public", "internal", "personal", "sensitive"] = "internal"
    purpose: str | None = None
    retention: Retention | None = None
    was: Key | None = None


Panel = Literal["facts", "related", "steps", "files", "standing", "scores", "figures", "coupons", "keepers"]
Way = Literal["list", "board", "calendar"]
PANELS: tuple[str, ...] = get_args(Panel)


class SectionNoun(Noun):
    """A titled group of fields on form and record page: in 1 to 3 columns, `folded` or open, some fields `wide`."""

    section: Text
    fields: Words
    columns: Annotated[int, Key_(ge=1, le=3)] | None = None
    folded: bool | None = None
    wide: Words = ()


class ListNoun(Noun):
    """Columns, order and filters of the list page; a choice for its `board` of cards, a date for its `calendar`.

    `where` are the filters that the menu opens it with: tests that must all hold, which a click takes away.
    """

    columns: Words = ()
    sort: Words = ("-updated_at",)
    filters: Words = ()
    board: Key | None = None
    calendar: Key | None = None
    opens: Way = "list"
    where: When | None = None


class DetailNoun(Noun):
    """The record page: panels of its main part and of its rail, and the tabs of what is related (all when left out)."""

    main: tuple[Panel, ...] = ("facts", "related")
    rail: tuple[Panel, ...] = ("steps", "files", "standing", "scores", "figures", "coupons", "keepers")
    tabs: Words = ()


class RoleListNoun(Noun):
    """The list page of a role; what is left out is as for everybody."""

    columns: Words | None = None
    sort: Words | None = None
    filters: Words | None = None
    opens: Way | None = None
    where: When | None = None


class LayoutNoun(Noun):
    """What a role sees laid out differently; a part left out is as for everybody."""

    form: tuple[SectionNoun, ...] | None = None
    list: RoleListNoun | None = None
    detail: DetailNoun | None = None


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
    detail: DetailNoun = DetailNoun()
    layouts: dict[Key, LayoutNoun] = Key_(default_factory=dict)

    @property
    def asked(self) -> str:
        """Return the entity itself."""
        return self.entity

    def outcome_in(self, entity: "Entity", values: Mapping[str, Any], now: datetime) -> object:
        """Return what the formulas give, by their fields."""
        found = {key: field.expression for key, field in entity.fields.items() if field.expression is not None}
        return {key: expression.value(values) for key, expression in found.items()}

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the roles that have layouts of their own, and the tabs of the record page."""
        for role in self.layouts:
            if role not in catalog.roles:
                yield unknown(("layouts", role), role, catalog.roles, _l("role"))
        tabs = catalog.entities[self.key].tab_keys()
        for path, detail in self._details():
            for place, tab in enumerate(detail.tabs):
                if tab not in tabs:
                    yield unknown((*path, "tabs", place), tab, tabs, _l("tab"))

    def _details(self) -> Iterator[tuple[tuple[str, ...], DetailNoun]]:
        yield ("detail",), self.detail
        yield from ((("layouts", role, "detail"), own.detail) for role, own in self.layouts.items() if own.detail)
