"""`portal backup` and `portal restore`: all that a portal knows in one file, and back."""

from portal.cli.backups.commands import backup, restore

__all__ = ["backup", "restore"]
