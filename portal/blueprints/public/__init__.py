"""What people outside reach without signing in."""

from portal.blueprints.public import details as details
from portal.blueprints.public import survey as survey
from portal.blueprints.public import tickets, tracking
from portal.blueprints.public.blueprint import bp

__all__ = ["bp", "tickets", "tracking"]
