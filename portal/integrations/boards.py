"""A table of figures as a workbook; no cell of it is ever a formula."""

from collections.abc import Iterator, Sequence
from typing import Any

from portal import audit
from portal.extensions import transaction
from portal.integrations import cells, written
from portal.security import Actor


def as_xlsx(entity_key: str, by: Actor, table: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """Yield the workbook in blocks, heads first, after writing down who takes the figures of which records out."""
    said = {"form": "xlsx", "columns": [str(head) for head in table[0]], "filtered": False, "sort": []}
    with transaction():
        audit.record("records.exported", by=by, entity=entity_key, data=said)
    return written.once(lambda path: cells.write_lines(table, path))
