"""How backups stand: the last good one and the last failure, as the audit log has them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from portal import audit, clock
from portal.extensions import db

MADE, FAILED = "backup.made", "backup.failed"
OLD = timedelta(hours=36)  # a night was missed


@dataclass(frozen=True)
class Standing:
    """`made` is the line of the last good backup, `failed` that of a failure since."""

    is_on: bool
    made: audit.AuditLine | None
    failed: audit.AuditLine | None

    @property
    def age(self) -> timedelta | None:
        """How old the last good backup is."""
        return clock.now() - self.made.at if self.made else None

    @property
    def is_old(self) -> bool:
        """Whether a night was missed, as far as backups are made every night."""
        return self.is_on and self.age is not None and self.age > OLD

    def brief(self) -> dict[str, Any]:
        """What monitoring is told."""
        hours = None if self.age is None else round(self.age.total_seconds() / 3600, 1)
        state = "off" if not self.is_on else "failed" if self.failed else "old" if self.is_old else "ok"
        return {"state": state if self.made or self.failed or not self.is_on else "none", "hours": hours}


def now() -> Standing:
    """How they stand now."""
    made, failed = _last(MADE), _last(FAILED)
    is_over = made is not None and failed is not None and failed.id < made.id
    return Standing(bool(current_app.config["PORTAL"].backup_at), made, None if is_over else failed)


def _last(action: str) -> audit.AuditLine | None:
    line = audit.AuditLine
    return db.session.scalar(sa.select(line).where(line.action == action).order_by(line.id.desc()).limit(1))
