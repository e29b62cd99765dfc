"""What the portal itself does by the clock."""

from flask import current_app

from portal import backups, jobs

SCHEDULE: tuple[tuple[str, str, str], ...] = (
    ("tidy", "jobs.tidy", "daily 03:30"),
    ("audit", "audit.verify", "daily 04:10"),
    ("files", "files.tidy", "daily 03:50"),
    ("backups", "backups.watch", "daily 09:10"),
    ("search", "records.tokens", "weekly sun 05:10"),
    ("looks", "looks.tidy", "daily 03:50"),
    ("metrics", "rules.recompute", "daily 02:10"),
    ("duplicates", "duplicates.find", "daily 01:20"),
    ("quality", "quality.count", "every 60 minutes"),
    ("providers", "providers.refresh", "every 60 minutes"),
    ("quality_reminders", "quality.remind", "every 30 minutes"),
    ("workflows", "workflows.drain", "every 5 minutes"),
    ("recycle", "assignment.recycle", "daily 06:30"),
    ("workflows_sweep", "workflows.sweep", "every 15 minutes"),
)
"""What the portal itself does by the clock: (name, job kind, when)."""


def write() -> None:
    """Write the table into the database; for the start of the launcher."""
    at = current_app.config["PORTAL"].backup_at
    own = (("backup", backups.nightly.JOB, f"daily {at}"),) if at else ()
    for name, kind, spec in (*SCHEDULE, *own):
        jobs.schedules.schedule(name, kind, spec, holds=False)
    if not at:
        jobs.schedules.remove("backup")
