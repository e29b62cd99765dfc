"""`roles/<key>.yml`: what people with this role may do, with which rows and which fields."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, get_args

from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_
from pydantic import field_validator

from portal.fields import Text
from portal.schema.nouns.base import Key, Noun
from portal.schema.nouns.condition import When, scope
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog

Scope = Literal["none", "own", "team", "office", "all"]
Ability = Literal[
    "import",
    "export",
    "studio.edit",
    "studio.publish",
    "studio.office",
    "people.manage",
    "audit.read",
    "jobs.manage",
    "campaigns.edit",
    "campaigns.send",
    "segments.edit",
    "reports.run",
    "reveal",
    "tickets.work",
    "coupons.work",
    "bulk.approve",
    "admin",
]
ABILITIES: tuple[str, ...] = get_args(Ability)


class GrantNoun(Noun):
    """Rights on the rows of one entity: how far each action reaches, and the condition rows must meet as well."""

    view: Scope = "none"
    create: bool = False
    edit: Scope = "none"
    archive: Scope = "none"
    export: Scope = "none"
    when: When | None = None


class LimitsNoun(Noun):
    """How many rows somebody takes out and changes at once before somebody else must approve of it."""

    export: Annotated[int, Key_(ge=0)] | None = None
    change: Annotated[int, Key_(ge=0)] | None = None


class RoleNoun(Noun):
    """A role: abilities, rights per entity (`any` stands for those not named), access per field, and limits."""

    named: ClassVar[str] = "role"
    role: Key
    label: Text
    help: Text | None = None
    may: tuple[Ability, ...] = ()
    entities: dict[str, GrantNoun] = Key_(default_factory=dict)
    limits: LimitsNoun = LimitsNoun()
    fields: dict[str, Literal["hide", "mask", "read", "write"]] = Key_(default_factory=dict)

    @field_validator("entities", mode="before")
    @classmethod
    def _speak_of_entity(cls, grants: object) -> object:
        """A grant's condition speaks of the entity it stands under."""
        if not isinstance(grants, dict):
            return grants
        return {entity: scope(grant, entity) for entity, grant in grants.items()}

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entities and fields that are named."""
        for key in self.entities:
            if key not in catalog.entities and key != "any":
                yield unknown(("entities", key), key, catalog.entities, _l("entity"))
        for path in self.fields:
            key, _, name = path.partition(".")
            if key not in catalog.entities:
                yield unknown(("fields", path), key, catalog.entities, _l("entity"))
            elif name not in catalog.entities[key].fields:
                yield unknown(("fields", path), name, catalog.entities[key].fields, _l("field"))
