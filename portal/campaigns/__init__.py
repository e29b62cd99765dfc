"""Mailings to segments: who, what, when, and what became of each one."""

from portal.campaigns import audience, figures, lifecycle, models, rehearsal, tracking
from portal.campaigns import review as review
from portal.campaigns.mailing import send

__all__ = ["audience", "figures", "lifecycle", "models", "rehearsal", "send", "tracking"]
