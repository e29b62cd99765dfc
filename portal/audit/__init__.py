"""Who did what, and why: lines are only ever added."""

from portal.audit.lines import Actor, AuditLine, lines, record, record_many

__all__ = ["Actor", "AuditLine", "lines", "record", "record_many"]
