"""Who did what, and why: lines are only ever added, and sealed."""

from portal.audit import guard as guard
from portal.audit import seals as seals
from portal.audit.lines import Actor, AuditLine, lines, record, record_many, told_by
from portal.audit.verification import verify

__all__ = ["Actor", "AuditLine", "lines", "record", "record_many", "told_by", "verify"]
