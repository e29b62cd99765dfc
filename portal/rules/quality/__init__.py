"""Quality of data: issues and score of each record, kept by change and by the clock, and what they come to in all."""

from portal.rules.quality import reminders as reminders
from portal.rules.quality import totals as totals
from portal.rules.quality.settling import evaluate, follow, hear, of, whole
from portal.rules.quality.totals import QualityTotal

__all__ = ["QualityTotal", "evaluate", "follow", "hear", "of", "totals", "whole"]
