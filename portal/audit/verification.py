"""Whether the audit log is still what was sealed."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa

from portal.audit.lines import AuditLine
from portal.audit.seals import AuditSeal, head_of, mark_of, remembered, texts
from portal.extensions import db

AT_ONCE = 200
SHOWN = 100
log = logging.getLogger(__name__)


class Fault(NamedTuple):
    """One thing that is not as it was sealed.

    `kind` is lines_missing, lines_added or lines_changed (`number` of the ids `first` to `last`; of changed ones at
    least one), or seal_missing, seal_changed or seal_other (number `first`) or seals_cut (those after `first` up to
    `last`).
    """

    kind: str
    first: int
    last: int = 0
    number: int = 0


@dataclass
class Verification:
    """How much was looked at, how many lines wait for their seal, and what is wrong: the first hundred faults."""

    seals: int = 0
    lines: int = 0
    unsealed: int = 0
    faults: list[Fault] = field(default_factory=list)


def verify(progress: Callable[[int], object] = lambda lines: None) -> Verification:
    """Read every line and every seal; `progress` hears the number of lines after each batch and may commit."""
    found, previous = Verification(), AuditSeal(number=0, through_id=0, head="", mark="")
    memory = remembered() or {"number": 0, "mark": ""}
    while some := _after(previous.number):
        for one in some:
            found.faults += _faults(one, previous)
            if memory["number"] == one.number and memory["mark"] != one.mark:
                found.faults.append(Fault("seal_other", one.number))
            found.seals, found.lines = found.seals + 1, found.lines + one.count
            previous = one
        progress(found.lines)
    if memory["number"] > previous.number:
        found.faults.append(Fault("seals_cut", previous.number, memory["number"]))
    rest = sa.select(sa.func.count()).select_from(AuditLine).where(AuditLine.id > previous.through_id)
    found.unsealed = db.session.scalar(rest) or 0
    for fault in found.faults:
        log.error("audit log is not as it was sealed", extra=fault._asdict())
    del found.faults[SHOWN:]
    return found


def _after(number: int) -> list[AuditSeal]:
    """The next seals, as plain values that outlive a commit."""
    table = AuditSeal.__table__
    rows = sa.select(table).where(table.c.number > number).order_by(table.c.number).limit(AT_ONCE)
    return [AuditSeal(**row._mapping) for row in db.session.execute(rows)]


def _faults(one: AuditSeal, previous: AuditSeal) -> Iterator[Fault]:
    if one.number != previous.number + 1:
        yield Fault("seal_missing", previous.number + 1)
        return  # where its lines ended is not known any more
    if one.mark != mark_of(one, previous.mark):
        yield Fault("seal_changed", one.number)
    lines = [text for _id, _at, text in texts(previous.through_id, one.through_id)]
    first, last, more = previous.through_id + 1, one.through_id, len(lines) - one.count
    if more:
        yield Fault("lines_added" if more > 0 else "lines_missing", first, last, abs(more))
    elif one.head != head_of(previous.head, lines):
        yield Fault("lines_changed", first, last, 1)
