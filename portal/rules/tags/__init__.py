"""Tags by rule: set when their condition holds, taken away when it fails; what a person set stays the person's."""

from portal.rules.tags.marks import TagMark
from portal.rules.tags.setting import evaluate, follow, of, settle
from portal.rules.tags.why import why

__all__ = ["TagMark", "evaluate", "follow", "of", "settle", "why"]
