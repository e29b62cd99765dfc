"""Rules: what the schema says follows from the data, with a change, after it or by the clock.

The steps that rules themselves bring are reached as `rules.record_actions` and `rules.message_actions`.
"""

from portal.rules import actions, calendars, metrics, tier_view, tiers, triggers, workflows
from portal.rules import message_actions as message_actions
from portal.rules import record_actions as record_actions
from portal.rules import tier_timeline as tier_timeline

__all__ = ["actions", "calendars", "metrics", "tier_view", "tiers", "triggers", "workflows"]
