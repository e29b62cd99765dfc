"""Assignment: who gets a record without an owner, the public pool, and the history of owners."""

from portal.rules.assignment import owners, pool, recycling, sharing, shelf
from portal.rules.assignment.models import OwnerMove

__all__ = ["OwnerMove", "owners", "pool", "recycling", "sharing", "shelf"]
