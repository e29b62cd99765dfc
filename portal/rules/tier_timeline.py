"""Tier moves on the timeline of a record."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal import schema
from portal.extensions import db
from portal.records import Record, reading, timeline
from portal.rules.tiers import TierMove
from portal.rules.words import cause_text
from portal.security import Actor

KIND = "tier"


def items(record: Record, person: Actor, after: timeline.Place | None, limit: int) -> Iterator[timeline.Item]:
    """Yield the moves of a record behind a place, newest first; a first level is no move."""
    shown = {tier.key: tier for tier in schema.current().tiers.values() if _may_see(tier, record, person)}
    moves = sa.select(TierMove).where(TierMove.entity == record.entity.key, TierMove.record_id == record.id)
    moves = moves.where(TierMove.before.is_not(None), TierMove.tier.in_(shown))
    if after is not None:
        moves = moves.where(after.behind(KIND, TierMove.at, TierMove.id))
    for move in db.session.scalars(moves.order_by(TierMove.at.desc(), TierMove.id.desc()).limit(limit)):
        yield _item(move, shown[move.tier])


def _may_see(tier: Any, record: Record, person: Actor) -> bool:
    field = record.entity.fields.get(tier.field) if tier.on == record.entity.key else None
    return reading.may_read(person, field)


def _item(move: TierMove, tier: Any) -> timeline.Item:
    before, after = level_text(tier, move.before), level_text(tier, move.after)
    text = gettext("%(tier)s: %(before)s → %(after)s", tier=tier.label, before=before, after=after)
    return timeline.Item(move.at, KIND, move.id, str(tier.label), text, "stairs-up", cause_text(move.cause))


def level_text(tier: Any, key: str | None) -> str:
    """Return a level's label, or its key when the release no longer knows it."""
    level = tier.levels.get(key or "")
    return str(level.label) if level else key or "–"
