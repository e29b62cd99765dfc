"""Why a record has the tags that rules have set."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from portal import schema
from portal.extensions import db
from portal.records import Record
from portal.rules.tags.marks import TagMark
from portal.rules.tags.setting import of
from portal.rules.tier_view import Criterion, criteria
from portal.security.policy import Access


@dataclass(frozen=True)
class TagReason:
    """One tag of a rule on a record: since when, until when at most, and the tests of its rule."""

    label: Any
    colour: str
    since: datetime
    expires_at: datetime | None
    leaves_at: datetime | None
    criteria: tuple[Criterion, ...]


def why(record: Record) -> list[TagReason]:
    """Return the tags on a record that a rule has set and nobody has taken away since."""
    if not any(rule.key in (record[rule.group.field] or ()) for rule in of(record.entity.key)):
        return []
    found = db.session.execute(_marks(), {"kind": record.entity.key, "record": record.id}).all()
    return [_reason(mark, record) for mark in found if _is_shown(mark, record)]


@cache
def _marks() -> sa.Select[Any]:
    """One statement, for every record page asks; bare columns, for nobody changes a mark here."""
    mark = TagMark.__table__.c
    mine = sa.and_(mark.entity == sa.bindparam("kind"), mark.record_id == sa.bindparam("record"))
    told = (mark.field, mark.group, mark.tag, mark.since, mark.expires_at, mark.failed_at)
    return sa.select(*told).where(mine, mark.ended_at.is_(None)).order_by(mark.since)


def _is_shown(mark: Any, record: Record) -> bool:
    field, group = record.entity.fields.get(mark.field), schema.current().tags.get(mark.group)
    if field is None or group is None or record.access(mark.field) < Access.READ:
        return False
    noun = group.values.get(mark.tag)
    return noun is not None and noun.when is not None and mark.tag in (record[mark.field] or ())


def _reason(mark: Any, record: Record) -> TagReason:
    group = schema.current().tags[mark.group]
    noun = group.values[mark.tag]
    leaves = mark.failed_at + noun.stays if mark.failed_at and noun.stays else None
    tests = tuple(criteria(noun.when, record))
    return TagReason(noun.label or mark.tag, noun.colour or group.colour, mark.since, mark.expires_at, leaves, tests)
