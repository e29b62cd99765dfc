"""The audit log, readable and filterable."""

from portal.blueprints.audit import log, seals, sightings
from portal.blueprints.audit.blueprint import bp

__all__ = ["bp", "log", "seals", "sightings"]
