"""Rules: what the schema says follows from the data, by event or by the clock."""

from portal.rules import calendars

__all__ = ["calendars"]
