"""Rules: what the schema says follows from the data, with a change, after it or by the clock.

Reached through the door besides: addressees, approvals, assignment, bulk_changes, first, following, grace, handling,
message_actions, nightly, quality, record_actions, scoring, spans, tags, tier_timeline, webhooks, words.
"""

from portal.rules import actions, calendars, metrics, tier_view, tiers, triggers, workflows
from portal.rules import addressees as addressees
from portal.rules import approvals as approvals
from portal.rules import assignment as assignment
from portal.rules import bulk_changes as bulk_changes
from portal.rules import first as first
from portal.rules import following as following
from portal.rules import grace as grace
from portal.rules import handling as handling
from portal.rules import message_actions as message_actions
from portal.rules import nightly as nightly
from portal.rules import quality as quality
from portal.rules import record_actions as record_actions
from portal.rules import scoring as scoring
from portal.rules import spans as spans
from portal.rules import tags as tags
from portal.rules import tier_timeline as tier_timeline
from portal.rules import webhooks as webhooks
from portal.rules import words as words

__all__ = ["actions", "calendars", "metrics", "tier_view", "tiers", "triggers", "workflows"]
