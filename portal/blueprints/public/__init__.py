"""What people outside reach without signing in."""

from portal.blueprints.public import tracking
from portal.blueprints.public.blueprint import bp

__all__ = ["bp", "tracking"]
