"""Sign in, sign out, and one's own account."""

from portal.blueprints.auth import account, sign_in
from portal.blueprints.auth.blueprint import bp

__all__ = ["account", "bp", "sign_in"]
