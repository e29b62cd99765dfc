"""Which rows an actor may reach, as one predicate for the statement that reads them."""

from collections.abc import Callable

import sqlalchemy as sa
from flask import g
from sqlalchemy import ColumnElement

from portal import clock, schema
from portal.extensions import db
from portal.schema import Entity
from portal.security.actors import SYSTEM, Actor
from portal.security.models import Office
from portal.security.policy.rights import grants, roles_of

TableOf = Callable[[str], sa.Table]


def rows(actor: Actor, action: str, entity: Entity, table: sa.Table, table_of: TableOf) -> ColumnElement[bool]:
    """The rows of the entity to which the actor may do the action; never more than it may view.

    A record with a parent is reached through it: the parent must be visible, and the scope of the role holds
    when the record itself or its parent falls within it.
    """
    if actor is SYSTEM:
        return sa.true()
    viewable = _rows(actor, "view", entity, table, table_of, seen=())
    return viewable if action == "view" else sa.and_(viewable, _rows(actor, action, entity, table, table_of, seen=()))
