"""Scores: points for what a record is and for what happened to it, fading by half-life, with bands by threshold."""

from portal.rules.scoring import decay as decay
from portal.rules.scoring import settling as settling
from portal.rules.scoring.account import held, why
from portal.rules.scoring.behaviour import Deed, note
from portal.rules.scoring.settling import concerned, evaluate, follow, of

__all__ = ["Deed", "concerned", "evaluate", "follow", "held", "note", "of", "why"]
