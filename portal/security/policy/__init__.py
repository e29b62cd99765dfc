"""The policy: what the roles of the release allow. Anything a role does not name is refused."""

from portal.security.policy.gate import guard, public, requires, requires_entity, signed_in
from portal.security.policy.peers import peer_of, places
from portal.security.policy.rights import Access, access, accesses, can, limit, may
from portal.security.policy.rows import deeds, is_by_scope, rows

__all__ = [
    "Access",
    "access",
    "accesses",
    "can",
    "deeds",
    "guard",
    "is_by_scope",
    "limit",
    "may",
    "peer_of",
    "places",
    "public",
    "requires",
    "requires_entity",
    "rows",
    "signed_in",
]
