"""People, offices and teams, kept in the browser."""

from portal.blueprints.people import rights, roster, sight, units
from portal.blueprints.people.blueprint import bp

__all__ = ["bp", "rights", "roster", "sight", "units"]
