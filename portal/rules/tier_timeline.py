"""Tier moves on the timeline of a record."""

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal import schema
from portal.records import Record, reading, timeline, told
from portal.rules.tiers import TierMove
from portal.rules.words import cause_text
from portal.security import Actor

KIND = "tier"


def rows(record: told.About, person: Actor) -> sa.Select[Any] | None:
    """The moves of a record in the tiers that the person may know; a first level is no move."""
    shown = [tier.key for tier in schema.current().tiers.values() if _may_see(tier, record, person)]
    move = TierMove
    if not shown:
        return None
    own = told.columns(KIND, move.id, move.at, before=move.before, after=move.after, word=move.tier, comment=move.cause)
    mine = sa.select(*own).where(move.entity == record.entity.key, move.record_id == record.id)
    return mine.where(move.before.is_not(None), move.tier.in_(shown))


def _may_see(tier: Any, record: told.About, person: Actor) -> bool:
    field = record.entity.fields.get(tier.field) if tier.on == record.entity.key else None
    return reading.may_read(person, field)


def item(row: Any, record: Record, person: Actor) -> timeline.Item:
    """One move, by the labels of its tier and levels."""
    tier = schema.current().tiers[row.word]
    before, after = level_text(tier, row.before), level_text(tier, row.after)
    text = gettext("%(tier)s: %(before)s → %(after)s", tier=tier.label, before=before, after=after)
    return timeline.Item(told.moment(row), KIND, row.id, str(tier.label), text, "stairs-up", cause_text(row.comment))


def level_text(tier: Any, key: str | None) -> str:
    """Return a level's label, or its key when the release no longer knows it."""
    level = tier.levels.get(key or "")
    return str(level.label) if level else key or "–"


SOURCE = told.Source(KIND, rows, item)
