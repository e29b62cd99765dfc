"""Nothing is deleted: an archived record leaves the lists and can be brought back."""

from dataclasses import replace

from portal import clock
from portal.extensions import transaction
from portal.records import rows
from portal.records.fetch import fetch
from portal.records.record import Record
from portal.records.save import tell
from portal.security import Actor


def archive(record: Record, *, by: Actor, undo: bool = False) -> Record:
    """Archive the record, or bring it back with `undo`; raises Forbidden or NotFound as `fetch` does."""
    with transaction():
        if record.is_archived != undo:
            return record
        values = {"archived_at": None if undo else clock.now()}
        kind = record.entity.fields["archived_at"].type
        changed = {"archived_at": [kind.dump(record["archived_at"]), kind.dump(values["archived_at"])]}
        while not rows.update(record, dict(values), by, version=record.version, action="archive"):
            # Somebody saved meanwhile; their change stands and does not speak against this one.
            record = fetch(record.entity.key, record.values["id"], by, "archive")
        saved = replace(record, version=record.version + 1, values={**record.values, **values})
        tell("record.restored" if undo else "record.archived", saved, changed, by)
        return saved
