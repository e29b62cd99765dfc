"""Home, search, notices and the switches of language and theme."""

from portal.blueprints.home import home, notices, preferences, search
from portal.blueprints.home.blueprint import bp

__all__ = ["bp"]
_PAGES = (home, notices, preferences, search)
