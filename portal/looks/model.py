"""The rows of looks: one for up to 64 neighbouring records that somebody saw alike at one door.

The records are bits of one number, so that an export of 100,000 rows in a row takes 1,563 of these and a list page
one or two, and still each record is told exactly (docs/decisions/0010-looks.md has the figures).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, UtcDateTime

SIZE = 64  # records of a block; a BIGINT has so many bits
TOP = 1 << (SIZE - 1)


class Sight(Model):
    """What one door shows of a kind of record: `door` names a page or a job, `fields` are sorted keys with commas."""

    __tablename__ = "look_sight"
    __table_args__ = (sa.UniqueConstraint("entity", "door", "fields"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(sa.String(60))
    door: Mapped[str] = mapped_column(sa.String(80))
    fields: Mapped[str] = mapped_column(sa.Text)


class Look(Model):
    """Somebody saw the records of a block whose bits are set; `request` is a number that all looks of one share."""

    __tablename__ = "look"
    __table_args__ = (sa.Index("ix_look_block", "block", "sight_id"), sa.Index("ix_look_person", "person_id", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int]
    sight_id: Mapped[int]
    request: Mapped[int]
    block: Mapped[int]
    bits: Mapped[int]


def signed(bits: int) -> int:
    """64 bits as the database holds them."""
    return bits - 2 * TOP if bits & TOP else bits


def places(ids: Iterable[int]) -> dict[int, int]:
    """The ids as blocks with their bits."""
    found: dict[int, int] = {}
    for id_ in ids:
        block, at = divmod(id_, SIZE)
        found[block] = found.get(block, 0) | 1 << at
    return {block: signed(bits) for block, bits in found.items()}


def ids_of(block: int, bits: int) -> Iterator[int]:
    """The ids whose bits are set."""
    return (block * SIZE + at for at in range(SIZE) if bits >> at & 1)
