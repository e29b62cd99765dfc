"""What is kept of an import: the plan, every row's fate in sums, and the refused rows themselves.

Cells of the file, and what is said of them, are sealed: they are people's values.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.extensions import Model, UtcDateTime
from portal.vault import SealedJson

PLANNING, CHECKING, CHECKED, RUNNING, DONE = "planning", "checking", "checked", "running", "done"
UNDOING, UNDONE = "undoing", "undone"
CREATE, UPDATE, UPSERT = MODES = ("create", "update", "upsert")
CAUSE = "import"  # how audit lines name the deed
FATES = ("created", "updated", "unchanged", "skipped", "refused")


class Import(Model):
    """One file on its way into one entity; `columns` maps a column's place (as text) to a field's key.

    `match_by` are the fields by which a row finds its record (none: by the likely ones), `reading` what was settled
    of the file's text (encoding, separator) and values (order of days, decimal sign), `undone` the sums of an undo.
    """

    __tablename__ = "data_import"
    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(sa.String(60))
    file_id: Mapped[int]
    file_name: Mapped[str] = mapped_column(sa.String(255))
    sheets: Mapped[list[Any]] = mapped_column(SealedJson("import"), default=list)
    sheet: Mapped[int] = mapped_column(default=1)
    header_row: Mapped[int] = mapped_column(default=1)
    headers: Mapped[list[Any]] = mapped_column(SealedJson("import"), default=list)
    columns: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    mode: Mapped[str] = mapped_column(sa.String(8), default=UPSERT)
    match_by: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    reading: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    state: Mapped[str] = mapped_column(sa.String(12), default=PLANNING)
    job_id: Mapped[int | None]
    total: Mapped[int] = mapped_column(default=0)
    checked: Mapped[dict[str, Any]] = mapped_column(SealedJson("import"), default=dict)
    undone: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    by_id: Mapped[int] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportBatch(Model):
    """The account of one batch; the sums of an import's batches equal the rows of its file.

    `marks` are what `twins` knows its rows by, until the import has ended: a run that goes on reads no row again.
    """

    __tablename__ = "data_import_batch"
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("data_import.id", ondelete="CASCADE"), primary_key=True)
    first_row: Mapped[int] = mapped_column(primary_key=True)
    last_row: Mapped[int]
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    created_ids: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    updated_ids: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    marks: Mapped[bytes] = mapped_column(sa.LargeBinary, default=b"")


class RefusedRow(Model):
    """A row that was not taken, as it stood in the file, with the reasons; `is_error` is off for mere repeats."""

    __tablename__ = "data_import_refused"
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("data_import.id", ondelete="CASCADE"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    is_error: Mapped[bool] = mapped_column(default=True)
    cells: Mapped[list[Any]] = mapped_column(SealedJson("import"))
    reasons: Mapped[list[Any]] = mapped_column(SealedJson("import"))


class KeptRecord(Model):
    """A record that an undo left as it is; `why` is a word of `records.reversal`."""

    __tablename__ = "data_import_kept"
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("data_import.id", ondelete="CASCADE"), primary_key=True)
    record_id: Mapped[int] = mapped_column(primary_key=True)
    why: Mapped[str] = mapped_column(sa.String(12))
    by_name: Mapped[str] = mapped_column(sa.String(200), default="")
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RememberedColumns(Model):
    """How a person mapped a set of headers the last time, and what was settled with it (mode, match, reading)."""

    __tablename__ = "data_import_columns"
    entity: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    headers_key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    by_id: Mapped[int] = mapped_column(primary_key=True)
    columns: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    settled: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
