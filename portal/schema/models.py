"""The rows of the schema room: releases, physical columns and drafts."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column

from portal.extensions import Model, UtcDateTime


class Release(Model):
    """All documents at one moment, never changed afterwards; the highest number is in force."""

    __tablename__ = "schema_release"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    documents: Mapped[dict[str, Any]] = deferred(mapped_column(sa.JSON))  # path → text
    compiled: Mapped[dict[str, Any]] = deferred(mapped_column(sa.JSON))  # path → plain data, so no request reads YAML
    columns: Mapped[dict[str, Any]] = deferred(mapped_column(sa.JSON))  # entity → field → physical column
    author_id: Mapped[int | None]
    author_name: Mapped[str] = mapped_column(sa.String(200))
    note: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    checksum: Mapped[str] = mapped_column(sa.String(64))
    restores: Mapped[int | None]  # the release whose documents a rollback brought back


class SchemaColumn(Model):
    """A physical column and what became of it; rows are never deleted, so names are never used twice.

    One that is `prepared` was filled for a release that is yet to come.
    """

    __tablename__ = "schema_column"
    __table_args__ = (sa.UniqueConstraint("entity", "physical"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(sa.String(60))
    key: Mapped[str] = mapped_column(sa.String(60))
    type: Mapped[str] = mapped_column(sa.String(60))
    physical: Mapped[str] = mapped_column(sa.String(63))
    state: Mapped[str] = mapped_column(sa.String(20))  # provisioning, prepared, active, archived, dropped


class Draft(Model):
    """What a person has changed but not published: path → text, or None for a document to be left out.

    A person may have several; the one `in_hand` is what the studio shows and edits.
    """

    __tablename__ = "schema_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(index=True)
    person_name: Mapped[str] = mapped_column(sa.String(200))
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    in_hand: Mapped[bool] = mapped_column(default=True)
    base: Mapped[int]  # the release it began from
    edits: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Trail(Model):
    """The steps of a person through the texts of a document, kept apart from drafts, for a step back may end one."""

    __tablename__ = "schema_trail"
    __table_args__ = (sa.UniqueConstraint("person_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    path: Mapped[str] = mapped_column(sa.String(200))
    stamp: Mapped[str] = mapped_column(sa.String(64))  # of the text to which the steps led
    at: Mapped[int]  # how many of the steps are done
    steps: Mapped[list[Any]] = mapped_column(sa.JSON)
