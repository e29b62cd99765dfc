"""Grace before a downgrade: a record that no longer meets its level keeps it for a while."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, gettext
from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock, events, mail, schema
from portal.events import Event
from portal.extensions import Model, UtcDateTime, db
from portal.records import Record, fetch
from portal.rules.addressees import people_for
from portal.rules.scope import Scope
from portal.security import SYSTEM, offices
from portal.translations import LOCALES
from portal.writing import insert

Tier = Any  # the noun of the schema


class TierHold(Model):
    """One record that is due for a lower level of a tier and keeps its own until a moment."""

    __tablename__ = "tier_hold"
    id: Mapped[int] = mapped_column(primary_key=True)
    tier: Mapped[str] = mapped_column(String(60))
    entity: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (UniqueConstraint("tier", "entity", "record_id"), Index("ix_tier_hold_until", "tier", "until"))


def falls(tier: Tier, held: sa.ColumnElement[Any], due: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return the predicate that the level due is lower than the level held."""
    ranks = {key: place for place, key in enumerate(tier.levels)}

    def rank(level: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
        return sa.case(*((level == key, place) for key, place in ranks.items()), else_=len(ranks))

    return sa.and_(held.in_(list(ranks)), rank(due) > rank(held))


def is_held(tier: Tier, record_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return the predicate that a record has a hold of this tier."""
    hold = TierHold
    return sa.exists().where(hold.tier == tier.key, hold.entity == tier.on, hold.record_id == record_id)


def is_over(tier: Tier, record_id: sa.ColumnElement[Any], now: datetime) -> sa.ColumnElement[bool]:
    """Return the predicate that a record's grace is over."""
    hold, same = TierHold, sa.and_(TierHold.tier == tier.key, TierHold.entity == tier.on)
    return sa.exists().where(same, hold.record_id == record_id, hold.until <= now)


def keep(tier: Tier, falling: sa.Select[Any], scope: Scope) -> None:
    """Begin the grace of records that fall (their ids), end that of those in scope that fall no more; tell the new."""
    now, hold = clock.now(), TierHold
    mine = sa.and_(hold.tier == tier.key, hold.entity == tier.on, scope.where(TierHold.__table__.c.record_id))
    stale = sa.delete(hold).where(mine, hold.record_id.not_in(falling))
    db.session.execute(stale, execution_options={"synchronize_session": False})
    ids = list(db.session.scalars(falling.where(~is_held(tier, falling.selected_columns[0]))))
    if not ids:
        return
    fixed = {"tier": tier.key, "entity": tier.on, "since": now, "until": now + tier.grace}
    db.session.execute(insert(hold).on_conflict_do_nothing(), [{**fixed, "record_id": id_} for id_ in ids])
    told = [(id_, {"tier": tier.key}) for id_ in ids]
    events.tell_many("tier.held", entity=tier.on, told=told, by=SYSTEM)


def end(tier: Tier, scope: Scope) -> None:
    """Forget the grace that is over in a scope, once the records have fallen."""
    hold = TierHold
    mine = sa.and_(hold.tier == tier.key, hold.entity == tier.on, scope.where(TierHold.__table__.c.record_id))
    over = sa.delete(hold).where(mine, hold.until <= clock.now())
    db.session.execute(over, execution_options={"synchronize_session": False})


def of_record(tier: Tier, record: Record) -> TierHold | None:
    """Return the hold of a record in a tier, or None."""
    mine = sa.select(TierHold).where(TierHold.tier == tier.key, TierHold.entity == tier.on)
    return db.session.scalar(mine.where(TierHold.record_id == record.id))


def due_level(tier: Tier, record: Record) -> Any:
    """Return the level a record is due by its values now."""
    now = clock.now()
    fits = (one for one in tier.levels.values() if one.otherwise or (one.when and one.when.matches(record.values, now)))
    return next(fits, None)


def tell(event: Event) -> None:
    """Listen *after* a grace has begun: tell the owner what the record would fall to, and when."""
    tier = schema.current().tiers.get(event.data["tier"])
    if tier is None or event.record_id is None:
        return
    record = fetch(tier.on, event.record_id, SYSTEM)
    hold, level = of_record(tier, record), due_level(tier, record)
    if hold is None or level is None:
        return
    day = clock.to_zone(hold.until).date().isoformat()
    for person in people_for("owner", record):
        with force_locale(LOCALES[person.locale]):
            own = offices.catalog_of(person.office_id).tiers[tier.key]  # as the lists of the person's office call it
            told = {"tier": own.label, "level": due_level(own, record).label, "day": day}
            text = gettext("%(tier)s: a record of yours falls to %(level)s on %(day)s", **told)
            mail.notify(person.id, text, f"/{record.entity.slug}/{record.id}")
