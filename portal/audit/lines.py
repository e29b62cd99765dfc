"""The audit log: one line per deed, written in the transaction of the deed itself."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime, db
from portal.writing import insert_many


class Actor(Protocol):
    """Whoever acts: a person, or the system (id None)."""

    @property
    def id(self) -> int | None: ...
    @property
    def name(self) -> str: ...


class AuditLine(Model):
    """One deed. `by_name` is kept, for persons may be renamed or erased."""

    __tablename__ = "audit_line"
    __table_args__ = (sa.Index("ix_audit_line_subject", "entity", "record_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    action: Mapped[str] = mapped_column(sa.String(80), index=True)
    by_id: Mapped[int | None] = mapped_column(index=True)
    by_name: Mapped[str] = mapped_column(sa.String(200))
    entity: Mapped[str | None] = mapped_column(sa.String(80))
    record_id: Mapped[int | None]
    data: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    reason: Mapped[str | None] = mapped_column(sa.Text)


def record(
    action: str,
    *,
    by: Actor | None,
    entity: str | None = None,
    record_id: int | None = None,
    data: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> AuditLine:
    """Add one line to the present transaction; `data` must be JSON."""
    line = AuditLine(**_values(action, by, entity, record_id, data), reason=reason)
    db.session.add(line)
    return line


def record_many(
    action: str, *, by: Actor | None, entity: str, lines: Sequence[tuple[int, Mapping[str, Any] | None]]
) -> None:
    """Add one line per (record id, data) in one statement."""
    if lines:
        common = _values(action, by, entity, None, None)
        rows = [
            {**common, "record_id": record_id, "data": dict(data) if data is not None else None}
            for record_id, data in lines
        ]
        db.session.flush()  # a line told before stands before
        insert_many(AuditLine.__table__, rows)


def lines(
    *,
    entity: str | None = None,
    record_id: int | None = None,
    by_id: int | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> sa.Select[AuditLine]:
    """The statement for lines, newest first, narrowed by what is given; `action` may end in `*`."""
    query = sa.select(AuditLine).order_by(AuditLine.id.desc())
    exact = {AuditLine.entity: entity, AuditLine.record_id: record_id, AuditLine.by_id: by_id}
    query = query.where(*(column == value for column, value in exact.items() if value is not None))
    if action is not None and action.endswith("*"):
        query = query.where(AuditLine.action.startswith(action[:-1], autoescape=True))
    elif action is not None:
        query = query.where(AuditLine.action == action)
    if since is not None:
        query = query.where(AuditLine.at >= since)
    return query if until is None else query.where(AuditLine.at < until)


_source: ContextVar[str] = ContextVar("source", default="")


@contextmanager
def told_by(source: str) -> Iterator[None]:
    """Let the lines of a while name whom the news is from, beside who wrote it down: a customer, another system."""
    before = _source.set(source)
    try:
        yield
    finally:
        _source.reset(before)


def _named(by: Actor | None) -> str:
    name, source = str(by.name) if by else "system", _source.get()
    if not source:
        return name
    return source if by is None or by.id is None else f"{name} · {source}"


def _values(
    action: str, by: Actor | None, entity: str | None, record_id: int | None, data: Mapping[str, Any] | None
) -> dict[str, Any]:
    return {
        "at": clock.now(),
        "action": action,
        "by_id": by.id if by else None,
        "by_name": _named(by)[:200],
        "entity": entity,
        "record_id": record_id,
        "data": dict(data) if data is not None else None,
    }
