"""Files in the fields of a record: saving hangs them there, and from then on the record's rights are theirs."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from portal.extensions import db
from portal.records.record import Record
from portal.records.stored_file import StoredFile


def hang(saved: Record, changed: Mapping[str, list[Any]]) -> None:
    """Tie the files that changed fields now hold to the record."""
    for key in changed:
        if saved.entity.fields[key].type.is_upload and saved.values.get(key) is not None:
            db.session.execute(
                sa.update(StoredFile)
                .where(StoredFile.id == saved.values[key])
                .values(entity=saved.entity.key, record_id=saved.id, field=key)
            )
