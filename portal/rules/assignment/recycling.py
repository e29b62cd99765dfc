"""Put records that nobody follows up back into the pool; their owner is told some days before."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, gettext

from portal import clock, mail, schema
from portal.errors import Conflict
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.records import fetch, tables
from portal.rules.assignment import owners
from portal.rules.assignment.models import OwnerMove, PoolWarning
from portal.security import SYSTEM, Person
from portal.translations import LOCALES

JOB = "assignment.recycle"
CHUNK = 500


def recycle(work: Work | None = None) -> int:
    """Warn the owners of stale records and take back those that were warned of in time; return how many. A job."""
    taken = 0
    for noun in schema.current().assignment.values():
        if noun.pool is not None and noun.pool.recycle is not None:
            _forget(noun)
            taken += _take_back(noun)
            _warn(noun)
            if work:
                work.advance(taken)
    return taken


def _stale(noun: Any, table: sa.Table, cut: datetime) -> list[sa.ColumnElement[bool]]:
    """Return what makes a record stale since a moment: older than that in every respect."""
    entity, move = schema.current().entities[noun.on], OwnerMove
    moved = sa.exists().where(move.entity == noun.on, move.record_id == table.c.id, move.at > cut)
    where = [table.c.owner_id.is_not(None), table.c.archived_at.is_(None), table.c.created_at <= cut, ~moved]
    if noun.pool.when is not None:
        where.append(noun.pool.when.where(table, clock.now()))
    if since := noun.pool.recycle.since:
        field = entity.fields[since]
        column = table.c[field.column]
        where.append(sa.or_(column.is_(None), column <= field.type.at(cut)))
    return where


def _forget(noun: Any) -> None:
    """Drop the warnings of records that are stale no more, or have another owner."""
    rule, table = noun.pool.recycle, tables.table_of(noun.on)
    still = sa.select(table.c.id).where(*_stale(noun, table, clock.now() - rule.after + rule.warn))
    warning = PoolWarning
    gone = sa.delete(warning).where(warning.assignment == noun.key, warning.record_id.not_in(still))
    with transaction():
        db.session.execute(gone, execution_options={"synchronize_session": False})


def _take_back(noun: Any) -> int:
    rule, table, now = noun.pool.recycle, tables.table_of(noun.on), clock.now()
    warned = sa.select(PoolWarning.record_id).where(
        PoolWarning.assignment == noun.key, PoolWarning.at <= now - rule.warn
    )
    due = sa.select(table.c.id).where(table.c.id.in_(warned), *_stale(noun, table, now - rule.after))
    taken, ids = 0, list(db.session.scalars(due.order_by(table.c.id)))
    for id_ in ids:
        with transaction():
            try:
                record = fetch(noun.on, id_, SYSTEM)
                owner = record["owner"]
                owners.give(record, None, "recycle")
            except Conflict:
                continue  # somebody works on it at this very moment
            db.session.execute(sa.delete(PoolWarning).where(PoolWarning.record_id == id_))
            _tell(noun, id_, owner, is_gone=True)
            taken += 1
    return taken


def _warn(noun: Any) -> None:
    rule, table, now = noun.pool.recycle, tables.table_of(noun.on), clock.now()
    told = sa.select(PoolWarning.record_id).where(PoolWarning.assignment == noun.key)
    due = sa.select(table.c.id, table.c.owner_id).where(*_stale(noun, table, now - rule.after + rule.warn))
    rows = db.session.execute(due.where(table.c.id.not_in(told)).order_by(table.c.id)).all()
    for start in range(0, len(rows), CHUNK):
        with transaction():
            for id_, owner in rows[start : start + CHUNK]:
                db.session.add(PoolWarning(assignment=noun.key, record_id=id_, person_id=owner, at=now))
                _tell(noun, id_, owner, is_gone=False)


def _tell(noun: Any, record_id: int, person_id: int | None, *, is_gone: bool) -> None:
    person = db.session.get(Person, person_id or 0)
    if person is None or not person.active:
        return
    record = fetch(noun.on, record_id, SYSTEM)
    link = "/pool/" if is_gone else f"/{record.entity.slug}/{record_id}"
    with force_locale(LOCALES[person.locale]):
        if is_gone:
            text = gettext("“%(name)s” went back to the public pool: nobody followed it up.", name=record.title)
        else:
            days = noun.pool.recycle.warn.days
            text = gettext(
                "“%(name)s” goes back to the public pool in %(days)s days unless it is followed up.",
                name=record.title,
                days=days,
            )
        mail.notify(person.id, text, link)
