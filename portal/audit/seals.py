"""Seals: every minute the new lines of the audit log are hashed into one chain, and its head is marked with a key.

A line that is changed, taken away or slipped in later no longer gives the head of its seal; a seal that is changed or
taken away no longer fits its mark, its number or the last seal this machine remembers outside the database.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock, keys
from portal.audit.lines import AuditLine
from portal.extensions import Model, UtcDateTime, db, transaction

LINES = 500
"""Of one seal at most: a fault is told by the seal it lies in."""
SEALS = 40
"""Made in one pass at most, so that whatever else waits for the scheduler does not wait long."""
REST = timedelta(minutes=1)
"""The newest lines stay unsealed for so long."""
PATIENCE = "500ms"
"""How long a pass waits for those who are writing lines on PostgreSQL; they wait behind it no longer."""
log = logging.getLogger(__name__)


class AuditSeal(Model):
    """The mark of the lines after the seal before, up to `through_id`.

    `head` is SHA-256 over the head before and each line's text with its length, `mark` HMAC-SHA-256 over this row and
    the mark before, both in hexadecimal.
    """

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    through_id: Mapped[int]
    count: Mapped[int]
    head: Mapped[str] = mapped_column(sa.String(64))
    mark: Mapped[str] = mapped_column(sa.String(64))


def seal(*, rest: timedelta = REST) -> int:
    """Seal the lines older than `rest`; returns how many, 0 also where others are writing or sealing just now."""
    before = clock.now() - rest
    oldest = sa.select(AuditLine.at).where(AuditLine.id > _sealed_through()).order_by(AuditLine.id).limit(1)
    if (at := db.session.scalar(oldest)) is None or at > before:
        db.session.rollback()
        return 0
    db.session.rollback()
    try:
        last = _settled()
        return sum(1 for _ in range(SEALS) if _seal_some(last, before))
    except (sa.exc.OperationalError, sa.exc.IntegrityError):
        return 0


def last_seal() -> AuditSeal | None:
    """The newest seal."""
    return db.session.scalar(sa.select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1))


def _sealed_through() -> int:
    return db.session.scalar(sa.select(sa.func.max(AuditSeal.through_id))) or 0


def _settled() -> int:
    """The newest id below which no transaction under way can still add a line.

    An id is taken before its line is seen by others; whoever holds this lock knows that nobody is between the two.
    SQLite has one writer at a time, so there the newest id will do.
    """
    with transaction():
        if db.engine.dialect.name == "postgresql":
            db.session.execute(sa.text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
            db.session.execute(sa.text("LOCK TABLE audit_line IN SHARE MODE"))
        return db.session.scalar(sa.select(sa.func.max(AuditLine.id))) or 0


def _seal_some(last: int, before: datetime) -> bool:
    with transaction():
        previous = last_seal()
        after = previous.through_id if previous else 0
        taken = list(takewhile(lambda line: line[1] <= before, texts(after, last, LINES)))
        if not taken:
            return False
        made = AuditSeal(number=(previous.number if previous else 0) + 1, at=clock.now(), through_id=taken[-1][0])
        made.count, made.head = len(taken), head_of(previous.head if previous else "", (line[2] for line in taken))
        made.mark = mark_of(made, previous.mark if previous else "")
        db.session.add(made)
    _remember(made)
    log.info("audit sealed", extra={"seal": made.number, "through": made.through_id, "head": made.head})
    return True


def remembered() -> dict[str, Any] | None:
    """Number and mark of the last seal this machine made, kept outside the database."""
    with suppress(OSError, ValueError):
        found = json.loads(_memory().read_text(encoding="ascii"))
        return {"number": int(found["number"]), "mark": str(found["mark"])}
    return None


def forget() -> None:
    """Let the remembered seal go: the database was put back to an earlier moment by its owner."""
    _memory().unlink(missing_ok=True)


def texts(after: int, through: int, limit: int | None = None) -> Iterator[tuple[int, datetime, bytes]]:
    """Id, time and text of the lines between two ids, in their order."""
    table = AuditLine.__table__
    rows = sa.select(table).where(table.c.id > after, table.c.id <= through).order_by(table.c.id).limit(limit)
    for row in db.session.execute(rows):
        values = [value.isoformat() if isinstance(value, datetime) else value for value in row]
        yield row.id, row.at, json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def head_of(previous: str, lines: Iterable[bytes]) -> str:
    """The head of the chain after these lines."""
    digest = hashlib.sha256(previous.encode())
    for text in lines:
        digest.update(len(text).to_bytes(8, "big"))
        digest.update(text)
    return digest.hexdigest()


def mark_of(made: AuditSeal, previous: str) -> str:
    """The mark of a seal after one with the mark `previous`."""
    facts = [made.number, made.at.isoformat(), made.through_id, made.count, made.head, previous]
    return hmac.new(keys.derived("audit"), json.dumps(facts).encode(), hashlib.sha256).hexdigest()


def _remember(made: AuditSeal) -> None:
    """Remember the new seal, unless the one remembered so far is gone: that must be told, not covered."""
    if known := remembered():
        there = sa.select(AuditSeal.mark).where(AuditSeal.number == known["number"])
        if db.session.scalar(there) != known["mark"]:
            log.error("audit seal missing", extra={"seal": known["number"]})
            return
    place = _memory()
    new = place.with_name(f".{place.name}.new")
    new.write_text(json.dumps({"number": made.number, "mark": made.mark}), encoding="ascii")
    new.replace(place)


def _memory() -> Path:
    return Path(current_app.instance_path) / "audit_seal.json"
