"""What happened to a record, as scores see it: related records, and deeds that leave no record behind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock, events
from portal.extensions import Model, UtcDateTime, db
from portal.records import tables
from portal.schema import Catalog
from portal.security import SYSTEM


class Deed(Model):
    """One thing somebody did that is no record of its own: opened a mail, followed a link."""

    __tablename__ = "deed"
    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (Index("ix_deed_record", "entity", "record_id", "kind", "at"),)


def note(entity: str, record_id: int, kind: str) -> None:
    """Write down a deed and let the scores hear of it."""
    db.session.add(Deed(entity=entity, record_id=record_id, kind=kind, at=clock.now()))
    db.session.flush()
    events.tell("deed.done", entity=entity, record_id=record_id, data={"kind": kind}, by=SYSTEM)


@dataclass(frozen=True)
class Source:
    """Where the occasions of one behaviour stand: whose they are, when they were, and which count."""

    table: sa.FromClause
    whose: sa.ColumnElement[Any]
    at: sa.ColumnElement[Any]
    where: tuple[sa.ColumnElement[bool], ...]
    moment: Callable[[datetime], Any] = lambda now: now

    def by(self, now: datetime) -> sa.ColumnElement[bool]:
        """Return the predicate that an occasion had happened by then."""
        happened: sa.ColumnElement[bool] = self.at <= self.moment(now)
        return happened


def source(noun: Any, on: str, catalog: Catalog, now: datetime) -> Source:
    """Return the source of a behaviour of the schema."""
    if noun.event:
        deed = sa.alias(Deed.__table__)
        return Source(deed, deed.c.record_id, deed.c.at, (deed.c.entity == on, deed.c.kind == noun.event))
    entity, table = catalog.entities[noun.source], tables.table_of(noun.source)
    key = noun.at or "created_at"
    whose, at = (tables.column(table, entity, one) for one in (noun.through, key))
    where = [table.c.archived_at.is_(None), at.is_not(None)]
    if noun.when is not None:
        where.append(noun.when.where(table, now))
    return Source(table, whose, at, tuple(where), entity.fields[key].type.at)
