"""Somebody else saved first: what differs, theirs beside mine."""

from dataclasses import dataclass
from typing import Any

from portal.errors import Conflict
from portal.fields import Field
from portal.forms import RecordForm
from portal.records import Record
from portal.security.policy import Access


@dataclass(frozen=True)
class Clash:
    """One field whose stored value is not the one typed, both as people read them and as inputs hold them."""

    field: Field
    mine: str
    theirs: str
    mine_input: str
    theirs_input: str


def both(record: Record, form: RecordForm, clash: Conflict) -> list[Clash]:
    """The fields that differ; the form keeps what was typed but takes the newer version: saving again is a choice."""
    typed: dict[str, Any] = {entry.field.key: entry.data for entry in form.entries if entry.was_sent}
    form.version.raw_data = [str(record.version)]
    form.version.data = record.version
    return [
        _clash(record, key, mine)
        for key, mine in typed.items()
        if mine != record[key] and record.access(key) >= Access.READ
    ]


def _clash(record: Record, key: str, mine: Any) -> Clash:
    kind = record.entity.fields[key].type
    return Clash(
        record.entity.fields[key],
        kind.text(mine),
        record.text(key),
        kind.input_text(mine),
        kind.input_text(record.value(key)),
    )
