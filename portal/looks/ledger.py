"""What one request or job showed to whom, gathered while it works and written in one statement at its end.

Nothing is written per row or per field. A look stands for five minutes: the same person who sees the same of the same
record at the same door again adds nothing, in each process of the portal.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app, g

from portal import clock
from portal.extensions import db
from portal.looks.model import SIZE, Look, Sight, signed
from portal.sqlite import unsynced
from portal.writing import insert

STANDS = timedelta(minutes=5)
SMALL = 100  # blocks of a ledger up to which it is held against what stands: exports are always written
MEMORY = 20_000  # looks a process remembers
OPEN = 10_000  # records of one kind that are kept one by one, before they are folded into blocks
PLACE, STANDING, LEFT, SIGHTS = "looks", "looks_standing", "looks_left", "looks_sights"
log = logging.getLogger(__name__)
Sort = tuple[str, str, str]  # entity, door, fields
Told = tuple[int, int, Sort, int, int]  # request, person, sight, block, bits


class Ledger:
    """The looks of one request or job at one door."""

    def __init__(self, door: str) -> None:
        self.door = door
        self.request = secrets.randbits(63)
        self.seen: dict[tuple[int, str], dict[int, int]] = {}
        self.keys: dict[str, int] = {}
        self.folded: dict[tuple[int, str, int], dict[int, int]] = {}

    def note(self, person_id: int, entity: str, record_id: int, key: str) -> None:
        """Somebody sees a field of a record as it is."""
        bit = self.keys.setdefault(key, 1 << len(self.keys))
        found = self.seen.setdefault((person_id, entity), {})
        found[record_id] = found.get(record_id, 0) | bit
        if len(found) > OPEN:
            self._fold()

    def write(self) -> None:
        """Write what was seen; with an application context, on a connection of its own.

        Where the database does not take it, the next ledger of this process writes it too.
        """
        self._fold()
        if not self.folded:
            return
        told = [*current_app.extensions.pop(LEFT, ()), *self._told()]
        self.folded.clear()
        try:
            _write(told)
        except sa.exc.SQLAlchemyError:
            current_app.extensions[LEFT] = told[-MEMORY:]
            log.exception("looks wait to be written", extra={"looks": len(told), "door": self.door})

    def _fold(self) -> None:
        """Put records that were seen alike together, as bits of their blocks."""
        for (person_id, entity), records in self.seen.items():
            for record_id, mask in records.items():
                block, at = divmod(record_id, SIZE)
                alike = self.folded.setdefault((person_id, entity, mask), {})
                alike[block] = alike.get(block, 0) | 1 << at
        self.seen.clear()

    def _told(self) -> Iterator[Told]:
        """Request, person, sight, block and bits."""
        for (person_id, entity, mask), alike in self.folded.items():
            fields = ",".join(sorted(key for key, bit in self.keys.items() if bit & mask))
            for block, bits in alike.items():
                yield self.request, person_id, (entity, self.door, fields), block, signed(bits)


def ledger(door: str) -> Ledger:
    """Begin to gather in the present application context; the caller writes in the end."""
    made = Ledger(door)
    setattr(g, PLACE, made)
    return made


@contextmanager
def of_job(kind: str) -> Iterator[None]:
    """Gather what a job shows to whoever asked for it, and write it when it ends, however that is."""
    made = ledger(kind)
    try:
        yield
    finally:
        made.write()


def note(person_id: int | None, entity: str, record_id: int, key: str) -> None:
    """Somebody sees a guarded field as it is; nothing to note where the portal itself reads, or outside of a door."""
    found: Ledger | None = g.get(PLACE)
    if found is not None and person_id is not None:
        found.note(person_id, entity, record_id, key)


def note_many(person_id: int | None, entity: str, record_ids: Iterable[int], key: str) -> None:
    """Somebody sees a guarded field of several records."""
    for record_id in record_ids:
        note(person_id, entity, record_id, key)


def _write(told: list[Told]) -> None:
    now, known = clock.now(), _sights({sort for _, _, sort, _, _ in told})
    standing: dict[tuple[int, ...], datetime] = current_app.extensions.setdefault(STANDING, {})
    rows = {(person, known[sort], block, bits): request for request, person, sort, block, bits in told}
    if is_small := len(rows) <= SMALL:
        rows = {look: request for look, request in rows.items() if standing.get(look, now) <= now}
    if not rows:
        return
    names = ("person_id", "sight_id", "block", "bits")
    values = [dict(zip(names, look, strict=True), at=now, request=request) for look, request in rows.items()]
    with db.engine.connect() as connection, unsynced(connection), connection.begin():
        connection.execute(sa.insert(Look), values)
    if is_small:
        if len(standing) > MEMORY:
            standing.clear()
        standing.update(dict.fromkeys(rows, now + STANDS))


def _sights(wanted: set[Sort]) -> dict[Sort, int]:
    """The ids of sights; those nobody had before are added."""
    known: dict[Sort, int] = current_app.extensions.setdefault(SIGHTS, {})
    new = sorted(wanted - known.keys())
    if new:
        table = Sight.__table__
        columns = (table.c.entity, table.c.door, table.c.fields)
        with db.engine.begin() as connection:
            rows = [dict(zip(("entity", "door", "fields"), sort, strict=True)) for sort in new]
            connection.execute(insert(table).on_conflict_do_nothing(), rows)
            found = connection.execute(sa.select(table.c.id, *columns).where(sa.tuple_(*columns).in_(new)))
            known.update({(entity, door, fields): id_ for id_, entity, door, fields in found})
    return known
