"""Offices, teams, people and their roles: system tables, kept in the browser."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal import clock
from portal.extensions import Model, UtcDateTime


class Office(Model):
    """A place with its own time zone; a person who may see an office also sees the offices below it."""

    __tablename__ = "office"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    zone: Mapped[str] = mapped_column(String(60), default="Asia/Shanghai")
    parent: Mapped["Office | None"] = relationship(remote_side=[id])

    def __str__(self) -> str:
        return self.name


class Team(Model):
    """People of one office who share records."""

    __tablename__ = "team"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    # No foreign key: person.team_id already points here, and a person is disabled, never deleted.
    lead_id: Mapped[int | None] = mapped_column(index=True)
    office: Mapped[Office] = relationship(lazy="joined")

    def __str__(self) -> str:
        return self.name


class Person(Model):
    """Somebody with a sign-in. Never deleted, only disabled, so that history keeps its names."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(200))
    one_time_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locale: Mapped[str] = mapped_column(String(5), default="zh")
    theme: Mapped[str] = mapped_column(String(5), default="auto")
    active: Mapped[bool] = mapped_column(default=True)
    skills: Mapped[list[Any]] = mapped_column(default=list)  # words, as assignment rules ask for them
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    office: Mapped[Office | None] = relationship(foreign_keys=[office_id])
    team: Mapped[Team | None] = relationship(foreign_keys=[team_id])
    roles: Mapped[list["PersonRole"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="PersonRole.role_key"
    )

    # Flask-Login asks these of whoever it holds.
    is_authenticated = True
    is_anonymous = False
    seen_as = ""  # the role put on for looking, for this request only

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def role_keys(self) -> tuple[str, ...]:
        return (self.seen_as,) if self.seen_as else tuple(role.role_key for role in self.roles)

    @property
    def must_change_password(self) -> bool:
        return self.one_time_until is not None

    def get_id(self) -> str:
        return str(self.id)

    def __str__(self) -> str:
        return self.name


class PersonRole(Model):
    """One role of one person; the key names a role document of the release."""

    __tablename__ = "person_role"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role_key: Mapped[str] = mapped_column(String(60), primary_key=True)
