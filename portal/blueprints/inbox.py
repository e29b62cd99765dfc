"""The notices of one person."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from portal import clock
from portal.extensions import db
from portal.mail import Notice
from portal.security import Person

MANY = 100  # the bell says "99+", so counting may stop here


def unread(person: Person) -> int:
    """How many notices the person has not read, at most 100."""
    return db.session.execute(_count(), {"me": person.id}).scalar_one()


@cache
def _count() -> sa.Select[int]:
    """One statement, for every page asks."""
    some = sa.select(sa.literal_column("1")).where(*_unread(sa.bindparam("me"))).limit(MANY).subquery()
    return sa.select(sa.func.count()).select_from(some)


def newest(person: Person, limit: int = 100, before: int | None = None) -> list[Notice]:
    """The person's notices, newest first; `before` is the id of the last one of the page before."""
    select = sa.select(Notice).where(Notice.person_id == person.id)
    if before is not None:
        select = select.where(Notice.id < before)
    return list(db.session.execute(select.order_by(Notice.id.desc()).limit(limit)).scalars())


def find(person: Person, notice_id: int) -> Notice | None:
    """One notice of the person, or None."""
    select = sa.select(Notice).where(Notice.id == notice_id, Notice.person_id == person.id)
    return db.session.execute(select).scalar_one_or_none()


def mark_all_read(person: Person) -> None:
    """Mark every notice of the person as read."""
    db.session.execute(sa.update(Notice).where(*_unread(person.id)).values(read_at=clock.now()))


def _unread(person_id: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return Notice.person_id == person_id, Notice.read_at.is_(None)
