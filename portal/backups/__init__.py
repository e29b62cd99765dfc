"""All that a portal knows in one file: made every night and on demand, and seen to be whole."""

from portal.backups import archive as archive
from portal.backups import databases as databases
from portal.backups import drill as drill
from portal.backups import making, nightly, standing

__all__ = ["making", "nightly", "standing"]
