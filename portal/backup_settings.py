"""What the environment says of backups."""

import re
from dataclasses import dataclass
from pathlib import Path

from portal.setting import Setting, number, positive

AT = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def at(text: str) -> str:
    """A time of day, or nothing."""
    if text in ("", "no"):
        return ""
    if not AT.fullmatch(text):
        raise ValueError("must be a time such as 02:40, or no")
    return text


def folder(text: str) -> str:
    """A folder, as it is reached from anywhere, or nothing."""
    return str(Path(text).absolute()) if text else ""


BACKUP_SETTINGS: tuple[Setting, ...] = (
    Setting("PORTAL_BACKUP_AT", "backup_at", "02:40", "when a backup is made every night; no: never", at),
    Setting(
        "PORTAL_BACKUP_FOLDER", "backup_folder", "", "where it lies; empty: backups in the instance folder", folder
    ),
    Setting("PORTAL_BACKUP_DAILY", "backup_daily", "7", "days of which the last backup is kept", positive),
    Setting("PORTAL_BACKUP_WEEKLY", "backup_weekly", "4", "weeks of which the last backup is kept", number),
)


@dataclass(frozen=True)
class BackupSettings:
    """When backups are made, where they lie and how many stay."""

    backup_at: str
    backup_folder: str
    backup_daily: int
    backup_weekly: int
