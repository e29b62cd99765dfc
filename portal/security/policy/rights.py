"""May this actor do that, to this kind of record, to this field? The union of what the roles say."""

from collections.abc import Collection, Iterator, Mapping
from enum import IntEnum
from typing import Any, Protocol

from portal import schema
from portal.fields import Field
from portal.schema import Entity, conditions
from portal.security import offices
from portal.security.actors import SYSTEM, Actor

IMPLIED = {"studio.office": "studio.edit"}  # who edits all documents edits those of every office


class Access(IntEnum):
    """What somebody may do with one field; a larger value includes the smaller ones."""

    HIDE = 0
    MASK = 1
    READ = 2
    WRITE = 3


class Right(Protocol):
    """How far each action of a role reaches into the rows of one entity."""

    @property
    def view(self) -> str: ...
    @property
    def create(self) -> bool: ...
    @property
    def when(self) -> "conditions.Condition | None": ...


class Role(Protocol):
    """A compiled role document, as far as the policy reads it."""

    @property
    def may(self) -> Collection[str]: ...
    @property
    def entities(self) -> Mapping[str, Right]: ...
    @property
    def fields(self) -> Mapping[str, str]: ...
    @property
    def limits(self) -> Any: ...


def roles_of(actor: Actor) -> list[Role]:
    """The compiled roles the actor holds, as the actor's own office has them; a key that is unknown gives nothing."""
    known = offices.catalog_of(actor.office_id).roles
    return [known[key] for key in actor.role_keys if key in known]


def may(actor: Actor, ability: str) -> bool:
    """Whether any role of the actor names the ability, or one that includes it."""
    wanted = {ability, IMPLIED.get(ability, ability)}
    return actor is SYSTEM or any(not wanted.isdisjoint(role.may) for role in roles_of(actor))


def limit(actor: Actor, what: str, usual: int) -> int:
    """How many rows somebody may `export` or `change` at once without approval: the most that a role says, or usual."""
    said = [getattr(role.limits, what) for role in roles_of(actor)]
    return max((one for one in said if one is not None), default=usual)


def can(actor: Actor, action: str, entity_key: str) -> bool:
    """Whether the actor may do the action to at least some records of the entity.

    The actions are view, create, edit, archive and export.
    """
    return actor is SYSTEM or any(grants(role, action, entity_key) for role in roles_of(actor))


def right_of(role: Role, entity_key: str) -> Right | None:
    """The right a role names for the entity, or for `any`."""
    return role.entities.get(entity_key) or role.entities.get("any")


def grants(role: Role, action: str, entity_key: str) -> bool:
    """Whether one role gives any right of this action; nothing is given without the right to view."""
    right = right_of(role, entity_key)
    if right is None or right.view == "none":
        return False
    return bool(right.create) if action == "create" else getattr(right, action) != "none"


def access(actor: Actor, field: Field) -> Access:
    """What the actor may do with the field in the records it may see."""
    if actor is SYSTEM:
        return Access.WRITE
    if field.expression is not None:
        return _access(actor, field)
    asked = (Access, actor.role_keys, field.entity, field.key, field.computed)  # hundreds of times a page
    return offices.catalog_of(actor.office_id).remembered(asked, lambda: _access(actor, field))


def accesses(actor: Actor, entity: Entity) -> dict[str, Access]:
    """What the actor may do with the fields of an entity of the release, but for formulas: a copy of one answer.

    Nothing of an entity that is not in force, such as a draft's: its fields are asked one by one.
    """
    catalog = offices.catalog_of(actor.office_id)
    if actor is SYSTEM or catalog.entities.get(entity.key) is not entity:
        return {}

    def every() -> dict[str, Access]:
        return {key: _access(actor, field) for key, field in entity.fields.items() if field.expression is None}

    return {**catalog.remembered((Access, actor.role_keys, entity.key), every)}


def _access(actor: Actor, field: Field) -> Access:
    granted = max((_access_by(role, field) for role in roles_of(actor)), default=Access.HIDE)
    return min(granted, Access.READ) if field.computed else granted


def _access_by(role: Role, field: Field) -> Access:
    if not grants(role, "view", field.entity):
        return Access.HIDE
    named = role.fields.get(f"{field.entity}.{field.key}")
    if named is not None:
        return Access[str(named).upper()]
    is_writer = grants(role, "edit", field.entity) or grants(role, "create", field.entity)
    granted = Access.WRITE if is_writer else Access.READ
    return min((granted, *(_access_by(role, operand) for operand in _operands(field))))


def _operands(field: Field) -> Iterator[Field]:
    """The fields a formula is worked out of: who may not read one of them could work it out backwards."""
    if field.expression is not None:
        fields = schema.current().stored[field.entity].fields
        yield from (fields[key] for key in field.expression.asks())
