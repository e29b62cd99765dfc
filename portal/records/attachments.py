"""Files on records, in a field or on the record itself: from when they hang there, the record's rights are theirs."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import IO, Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext, lazy_gettext

from portal import audit, clock
from portal.errors import Invalid, NotFound
from portal.extensions import db
from portal.fields import Field
from portal.records import content_type, examination, files
from portal.records.fetch import fetch
from portal.records.record import Record
from portal.records.stored_file import StoredFile
from portal.security import Actor, Person

MOST = 200  # files that one record shows
KINDS = {
    "image": lazy_gettext("pictures"),
    "pdf": lazy_gettext("PDF documents"),
    "text": lazy_gettext("text"),
    "office": lazy_gettext("office documents"),
    "archive": lazy_gettext("archives"),
    "other": lazy_gettext("other files"),
}


def hang(saved: Record, changed: Mapping[str, list[Any]]) -> None:
    """Tie the files that changed fields now hold to the record."""
    for key in changed:
        if saved.entity.fields[key].type.is_upload and saved.values.get(key) is not None:
            db.session.execute(
                sa.update(StoredFile)
                .where(StoredFile.id == saved.values[key])
                .values(entity=saved.entity.key, record_id=saved.id, field=key)
            )


def receive(stream: IO[bytes], name: str, by: Actor, field: Field | None = None) -> StoredFile:
    """Keep what somebody uploads for a record and have it examined.

    Raises Invalid where size or kind are not taken: under the key of the field, or "file".
    """
    key, megabytes, kinds = _limits(field)
    try:
        row = files.store(stream, name, by=by, limit=megabytes * files.MIB)
    except Invalid as refused:
        raise Invalid({key: refused.problems["file"]}) from None
    kind = content_type.kind(row.content_type)
    if kinds and kind not in kinds:
        db.session.delete(row)
        taken = ", ".join(str(KINDS[one]) for one in kinds)
        raise Invalid({key: gettext("This is not one of the kinds of files taken here: %(kinds)s.", kinds=taken)})
    examination.ask(row)
    return row


def limits() -> tuple[int, tuple[str, ...]]:
    """The largest size in MB and the kinds of files that records take; no kinds: all of them."""
    settings = current_app.config["PORTAL"]
    return min(settings.file_megabytes, settings.upload_megabytes), tuple(filter(None, settings.file_kinds.split(",")))


def attach(record: Record, stream: IO[bytes], name: str, by: Person) -> StoredFile:
    """Hang an upload on a record that the person may edit; raises Invalid."""
    row = receive(stream, name, by)
    row.entity, row.record_id = record.entity.key, record.id
    _account("file.attached", row, by)
    return row


def attached(record: Record) -> Sequence[tuple[StoredFile, str]]:
    """What hangs on the record itself with the names of who brought it, the newest first."""
    found = db.session.execute(_attached(), {"kind": record.entity.key, "record": record.id})
    return [(row[0], row[1] or "") for row in found]


@cache
def _attached() -> sa.Select[StoredFile, str]:
    """One statement, for every record page asks."""
    mine = sa.and_(StoredFile.entity == sa.bindparam("kind"), StoredFile.record_id == sa.bindparam("record"))
    select = sa.select(StoredFile, Person.name).outerjoin(Person, Person.id == StoredFile.created_by_id)
    shown = select.where(mine, StoredFile.field.is_(None), StoredFile.removed_at.is_(None))
    return shown.order_by(StoredFile.id.desc()).limit(MOST)


def remove(file_id: int, by: Person, *, undo: bool = False) -> tuple[StoredFile, Record]:
    """Take a file off its record, or hang it there again; raises NotFound, and Forbidden without the right to edit."""
    row = files.file_of(file_id, by)
    if row.entity is None or row.record_id is None or row.field is not None:
        raise NotFound
    record = fetch(row.entity, row.record_id, by, "edit")
    if (row.removed_at is None) == undo:
        return row, record
    row.removed_at, row.removed_by_id = (None, None) if undo else (clock.now(), by.id)
    _account("file.returned" if undo else "file.removed", row, by)
    return row, record


def _limits(field: Field | None) -> tuple[str, int, tuple[str, ...]]:
    megabytes, kinds = limits()
    if field is None:
        return "file", megabytes, kinds
    own: Any = field.type
    return field.key, min(own.max_megabytes or megabytes, megabytes), own.kinds or kinds


def _account(action: str, row: StoredFile, by: Person) -> None:
    told = {"file": row.id, "name": row.name, "size": row.size, "sha256": row.sha256}
    audit.record(action, by=by, entity=row.entity, record_id=row.record_id, data=told)
