"""Which rows an actor may reach, as one predicate for the statement that reads them."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import NamedFromClause

from portal import clock, schema
from portal.schema import Entity, conditions
from portal.security import offices
from portal.security.actors import SYSTEM, Actor
from portal.security.models import Person
from portal.security.policy.peers import Peer, peer_of, places
from portal.security.policy.rights import grants, may, right_of, roles_of

TableOf = Callable[[str], sa.Table]
RowsOf = sa.Table | NamedFromClause[Any]
KEPT = 300  # predicates of a process: one page asks for a dozen, most of them again on the next
_kept: "OrderedDict[tuple[Any, ...], tuple[ColumnElement[bool], Any, Any, Any]]" = OrderedDict()


def rows(actor: Actor, action: str, entity: Entity, table: RowsOf, table_of: TableOf) -> ColumnElement[bool]:
    """The rows of the entity to which the actor may do the action; never more than it may view.

    A record with a parent is reached through it: the parent must be visible, and the scope of the role holds
    when the record itself or its parent falls within it.
    """
    if actor is SYSTEM:
        return sa.true()
    peer = peer_of(actor) if not isinstance(actor, Peer) and isinstance(table, sa.Table) else None
    if peer is None:
        return _reached(actor, action, entity, table, table_of)
    catalog = schema.current()  # kept with what its ids name, so that these are nobody else's
    asked = (peer, id(catalog), id(entity), id(table), action, *places(actor).values())
    found = _kept.get(asked)
    if found is None:
        found = _kept[asked] = _reached(actor, action, entity, table, table_of), catalog, entity, table
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    else:
        with suppress(KeyError):  # another thread has just let go of it
            _kept.move_to_end(asked)
    return found[0]


def _reached(actor: Actor, action: str, entity: Entity, table: RowsOf, table_of: TableOf) -> ColumnElement[bool]:
    viewable = _rows(actor, "view", entity, table, table_of, seen=())
    return viewable if action == "view" else sa.and_(viewable, _rows(actor, action, entity, table, table_of, seen=()))


def is_by_scope(actor: Actor, entity: Entity) -> bool:
    """Whether owner, team and office alone decide which rows the actor views: no condition of a role, no parent."""
    rights = (right_of(role, entity.key) for role in (roles_of(actor) if actor is not SYSTEM else ()))
    return entity.parent is None and all(right is None or right.when is None for right in rights)


def deeds(actor: Actor, ability: str, by: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """The deeds an actor may look at: the own ones, and with the ability those of the own office and below.

    `by` is the column with the id of who did it. What the portal did itself is for holders of the ability; an
    administrator's ability reaches everywhere.
    """
    if actor is SYSTEM or (may(actor, ability) and may(actor, "admin")):
        return sa.true()
    own = by == actor.id if actor.id is not None else sa.false()
    if not may(actor, ability) or actor.office_id is None:
        return own
    colleagues = sa.select(Person.id).where(Person.office_id.in_(offices.below(actor.office_id)))
    return sa.or_(own, by.is_(None), by.in_(colleagues))


def _rows(
    actor: Actor, action: str, entity: Entity, table: RowsOf, table_of: TableOf, seen: tuple[str, ...]
) -> ColumnElement[bool]:
    parent = entity.fields[entity.parent] if entity.parent else None
    above_key = parent.type.target if parent else None
    if parent is None or above_key in (None, entity.key):  # a tree of its own kind gives no rights
        return _granted(actor, action, entity, table, entity, table)
    if above_key in seen:
        return sa.false()  # A loop of parents leads nowhere.
    above, link = schema.current().entities[above_key], table.c[parent.physical]
    above_table = _alias(table_of(above_key), f"{table.name}_parent")
    above_rows = _rows(actor, "view", above, above_table, table_of, (*seen, entity.key))
    own = _granted(actor, action, entity, table, entity, table)
    shared = _granted(actor, action, entity, table, above, above_table)
    if _is_all(above_rows) and (_is_all(own) or _is_all(shared)):
        return sa.true()
    reached = sa.exists().where(above_table.c.id == link, above_rows, sa.or_(own, shared))
    return sa.or_(reached, sa.and_(link.is_(None), own))


def _alias(table: sa.Table, name: str) -> NamedFromClause[Any]:
    """The table under another name, made once: an alias copies every column."""
    kept: dict[str, NamedFromClause[Any]] = table.info.setdefault("aliases", {})
    if name not in kept:
        kept[name] = table.alias(name)
    return kept[name]


def _granted(
    actor: Actor, action: str, entity: Entity, table: RowsOf, scoped: Entity, scoped_table: RowsOf
) -> ColumnElement[bool]:
    """What the roles grant on the entity, their scopes measured on the columns of `scoped`."""
    granted: list[ColumnElement[bool]] = [sa.false()]
    for role in roles_of(actor):
        right = right_of(role, entity.key)
        if right is None or not grants(role, action, entity.key):
            continue
        within = _within(actor, "own" if action == "create" else getattr(right, action), scoped_table)
        granted.append(within if right.when is None else sa.and_(within, _where(right.when, actor, entity, table)))
    return sa.or_(*granted)


def _within(actor: Actor, scope: str, table: RowsOf) -> ColumnElement[bool]:
    """The rows within own, team, office (with the offices below) or all; each includes the smaller ones."""
    own = table.c.owner_id == actor.id if actor.id is not None else sa.false()
    team = sa.or_(own, table.c.team_id == actor.team_id) if actor.team_id is not None else own
    match scope:
        case "all":
            return sa.true()
        case "office" if actor.office_id is not None:
            return sa.or_(team, table.c.office_id.in_(offices.below(actor.office_id)))
        case "office" | "team":
            return team
        case "own":
            return own
    return sa.false()


def _is_all(predicate: ColumnElement[bool]) -> bool:
    return isinstance(predicate, sa.True_)


def _where(condition: conditions.Condition, actor: Actor, entity: Entity, table: RowsOf) -> ColumnElement[bool]:
    # The rule of an office may speak of a field that only its own people see.
    fields = {**getattr(schema.current().stored.get(entity.key), "fields", {}), **entity.fields}
    columns = {key: table.c[field.physical] for key, field in fields.items() if field.physical in table.c}
    return condition.where(columns, clock.now(), actor)
