"""Campaigns: write, rehearse, schedule, watch."""

from portal.blueprints.campaigns import editing, pages, rehearsals, states
from portal.blueprints.campaigns.blueprint import bp

__all__ = ["bp", "editing", "pages", "rehearsals", "states"]
