"""The only source of now: stored times are UTC, shown times are in the office's zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import current_app, has_app_context

ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def zone() -> ZoneInfo:
    """The zone of this portal (PORTAL_TIME_ZONE), Asia/Shanghai where nothing is set."""
    if not has_app_context():
        return ZONE
    return ZoneInfo(current_app.config.get("PORTAL_TIME_ZONE", ZONE.key))


def today(at: ZoneInfo | None = None) -> date:
    """The calendar day of now in a zone, by default the portal's."""
    return now().astimezone(at or zone()).date()


def to_zone(moment: datetime, at: ZoneInfo | None = None) -> datetime:
    """The same moment as a wall clock shows it in a zone, by default the portal's."""
    return moment.astimezone(at or zone())
