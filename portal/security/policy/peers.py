"""Peers: all who reach the same rows by the same words, but for who they are.

A statement put together for a peer serves each of them: who asks and their team are places in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.security import offices
from portal.security.actors import SYSTEM, Actor
from portal.security.policy.rights import Role, roles_of

ME: Any = sa.bindparam("peer_me")
TEAM: Any = sa.bindparam("peer_team")
SCOPES = ("view", "edit", "archive", "export")


@dataclass(frozen=True)
class Peer:
    """Whoever holds these roles in this office, with a team or without; `below` are the offices they may reach."""

    office_id: int | None
    role_keys: tuple[str, ...]
    has_team: bool
    below: tuple[int, ...] = ()
    name: str = ""

    @property
    def id(self) -> Any:
        return ME

    @property
    def team_id(self) -> Any:
        return TEAM if self.has_team else None


def peer_of(actor: Actor) -> Peer | None:
    """The peer of somebody; None where the rows hang on more than that: the portal itself, conditions of a role."""
    if actor is SYSTEM or actor.id is None:
        return None
    known = offices.catalog_of(actor.office_id)
    is_plain, by_office = known.remembered((Peer, actor.role_keys), lambda: _hang_on(roles_of(actor)))
    if not is_plain:
        return None
    below = tuple(offices.below(actor.office_id)) if by_office and actor.office_id is not None else ()
    return Peer(actor.office_id, actor.role_keys, actor.team_id is not None, below)


def places(actor: Actor) -> Mapping[str, Any]:
    """What somebody fills into the places of a statement put together for their peer."""
    return {ME.key: actor.id, TEAM.key: actor.team_id}


def _hang_on(roles: list[Role]) -> tuple[bool, bool]:
    """Whether no condition has a say in the rows, and whether the tree of offices has."""
    rights = [right for role in roles for right in role.entities.values()]
    by_office = any(getattr(right, scope) == "office" for right in rights for scope in SCOPES)
    return all(right.when is None for right in rights), by_office
