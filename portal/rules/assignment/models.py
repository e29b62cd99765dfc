"""Whose turn it is, who owned what, and who was warned that a record goes back to the pool."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, UtcDateTime


class AssignmentTurn(Model):
    """When a person was last given a record by one rule, as a number that rises; person 0 holds the highest.

    The row of person 0 is locked while a record is given away, so that parallel records wait for each other.
    """

    __tablename__ = "assignment_turn"
    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(String(80))  # document and place of the rule in it
    person_id: Mapped[int]
    turn: Mapped[int]
    __table_args__ = (UniqueConstraint("rule", "person_id"),)


class OwnerMove(Model):
    """One record went from one owner (or from the pool) to another (or to the pool)."""

    __tablename__ = "owner_move"
    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    before_id: Mapped[int | None]
    after_id: Mapped[int | None]
    by_id: Mapped[int | None]
    cause: Mapped[str] = mapped_column(String(20))  # person, rule, claim or recycle
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (Index("ix_owner_move_record", "entity", "record_id", "at"),)


class PoolWarning(Model):
    """The owner of a record was told that it goes back to the pool."""

    __tablename__ = "pool_warning"
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    person_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (UniqueConstraint("assignment", "record_id"),)
